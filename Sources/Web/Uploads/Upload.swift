import HTTPTypes
import Hummingbird

/// A recording that a client sent.
struct Upload {
    /// What to call it: never used as a path.
    let name: String
    /// Nil if it was larger than allowed.
    let content: [UInt8]?
}

/// Takes recordings out of request bodies. Each is held in memory, none longer than allowed, and nothing is held of a
/// client that is too slow.
struct UploadReader: Sendable {
    let limitBytes: Int
    /// In which a recording must have arrived.
    let patience: Duration

    /// The one recording of a request: the part `file` of a form, or the whole body.
    func single(_ request: Request) async throws -> Upload {
        guard let form = formType(of: request) else {
            let bytes = try await inTime { try await body(of: request) }
            guard !bytes.isEmpty else {
                throw Problem(
                    .unprocessableContent, "the request has no body; send a recording as the body or as \"file\"")
            }
            return Upload(name: "the recording", content: bytes)
        }
        let uploads = try await inTime {
            var uploads: [Upload] = []
            try await forEachFile(in: request, form, named: "file") { uploads.append($0) }
            return uploads
        }
        guard let upload = uploads.first else {
            throw Problem(.unprocessableContent, "the form has no part \"file\" with a recording")
        }
        guard uploads.count == 1 else {
            throw Problem(.unprocessableContent, "the form has \(uploads.count) files; send many to /api/batch-predict")
        }
        guard upload.content != nil else { throw tooLarge }
        return upload
    }

    /// Each recording of a form, in the parts `files`, as it arrives: the next is not read before `body` has returned.
    func forEach(_ request: Request, _ body: (Upload) async throws -> Void) async throws {
        guard let form = formType(of: request) else {
            throw Problem(.unsupportedMediaType, "send the recordings as multipart/form-data, each as a part \"files\"")
        }
        try await forEachFile(in: request, form, named: "files", body)
    }

    var tooLarge: Problem {
        Problem(.contentTooLarge, "the recording is larger than \(limitBytes / 1_000_000) MB, the most that is taken")
    }

    private func formType(of request: Request) -> String? {
        request.headers[.contentType].flatMap { HeaderParameters($0).value == "multipart/form-data" ? $0 : nil }
    }

    private func inTime<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withDeadline(patience, else: late, body)
    }

    private var late: Problem {
        Problem(.requestTimeout, "the recording did not arrive within \(patience.components.seconds) s")
    }

    private func body(of request: Request) async throws -> [UInt8] {
        // Known from the start, if the client tells it.
        if let stated = request.headers[.contentLength].flatMap({ Int($0) }), stated > limitBytes { throw tooLarge }
        var bytes: [UInt8] = []
        for try await buffer in request.body {
            guard bytes.count + buffer.readableBytes <= limitBytes else { throw tooLarge }
            bytes += buffer.readableBytesView
        }
        return bytes
    }

    private func forEachFile(
        in request: Request, _ form: String, named wanted: String, _ body: (Upload) async throws -> Void
    ) async throws {
        do {
            var parser = try MultipartParser(contentType: form, partLimit: limitBytes)
            var began = ContinuousClock.now
            for try await buffer in request.body {
                // Who sends nothing at all is sent away when the connection has been idle for a minute.
                guard ContinuousClock.now - began <= patience else { throw late }
                for part in try parser.append(buffer.readableBytesView) where part.name == wanted {
                    try await body(Upload(name: Self.label(part.fileName), content: part.content))
                    began = .now
                }
            }
            try parser.finish()
        } catch let error as MultipartParser.Malformed {
            throw Problem(.badRequest, error.reason)
        }
    }

    /// A file's name as it may be shown: its last component, without control characters, not endless.
    static func label(_ fileName: String?) -> String {
        let last = fileName?.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
        let visible = last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }
        let label = String(String.UnicodeScalarView(visible).prefix(100))
        return label.isEmpty ? "the recording" : label
    }
}
