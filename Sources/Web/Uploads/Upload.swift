import Forms
import HTTPTypes
import Hummingbird

/// A recording that a client sent.
struct Upload {
    /// What to call it: never used as a path.
    let name: String
    /// Nil if it was larger than allowed.
    let content: [UInt8]?
    /// What its content is counted by.
    let memory: UploadMemory
}

/// Takes recordings out of request bodies. Each is held in memory, none longer than allowed, all together no more than
/// there is for them, and nothing is held of a client that is too slow.
struct UploadReader: Sendable {
    let limitBytes: Int
    /// In which a recording must have arrived.
    let patience: Duration
    /// Bytes for the uploads of all clients; of one client half of them, and one upload of the largest size always.
    let memory: Allotment

    /// What a form may hold beside its one recording.
    private static let formBytes = 65_536
    private static let mostParts = 1000

    init(limitBytes: Int, patience: Duration, memoryBytes: Int) {
        self.limitBytes = limitBytes
        self.patience = patience
        let largest = limitBytes + Self.formBytes
        memory = Allotment(total: max(memoryBytes, largest), perClient: max(memoryBytes / 2, largest))
    }

    /// The one recording of a request: the part `file` of a form, or the whole body.
    func single(_ request: Request, for client: String) async throws -> Upload {
        let memory = UploadMemory(memory, client: client)
        guard let form = formType(of: request) else {
            let bytes = try await inTime { try await body(of: request, memory) }
            guard !bytes.isEmpty else {
                throw Problem(
                    .unprocessableContent, "the request has no body; send a recording as the body or as \"file\"")
            }
            return Upload(name: "the recording", content: bytes, memory: memory)
        }
        let found = try await inTime {
            var found: Upload?
            var bytes = 0
            // The first recording is held while the rest arrives, so all of the form counts.
            try await forEachFile(in: request, form, named: "file") { count, _ in
                bytes += count
                guard bytes <= limitBytes + Self.formBytes else { throw tooLarge }
                try memory.hold(bytes)
            } body: { part in
                guard found == nil else {
                    throw Problem(
                        .unprocessableContent, "the form has more than one file; send many to /api/batch-predict")
                }
                found = Upload(name: Self.label(part.fileName), content: part.content, memory: memory)
            }
            return found
        }
        guard let upload = found else {
            throw Problem(.unprocessableContent, "the form has no part \"file\" with a recording")
        }
        guard upload.content != nil else { throw tooLarge }
        return upload
    }

    /// Each recording of a form, in the parts `files`, as it arrives: the next is not read before `body` has returned.
    func forEach(
        _ request: Request, for client: String, _ body: (Upload) async throws -> Void
    ) async throws {
        guard let form = formType(of: request) else {
            throw Problem(.unsupportedMediaType, "send the recordings as multipart/form-data, each as a part \"files\"")
        }
        let memory = UploadMemory(memory, client: client)
        try await forEachFile(in: request, form, named: "files") { count, kept in
            try memory.hold(kept + count)
        } body: { part in
            try await body(Upload(name: Self.label(part.fileName), content: part.content, memory: memory))
        }
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

    private func body(of request: Request, _ memory: UploadMemory) async throws -> [UInt8] {
        // Known from the start, if the client tells it.
        if let stated = request.headers[.contentLength].flatMap({ Int($0) }), stated > limitBytes { throw tooLarge }
        var bytes: [UInt8] = []
        for try await buffer in request.body {
            guard bytes.count + buffer.readableBytes <= limitBytes else { throw tooLarge }
            try memory.hold(bytes.count + buffer.readableBytes)
            bytes += buffer.readableBytesView
        }
        return bytes
    }

    /// - Parameters:
    ///   - arriving: called before anything is kept of a piece, with its bytes and those that are kept already.
    ///   - body: called with each part of that name.
    private func forEachFile(
        in request: Request, _ form: String, named wanted: String,
        arriving: (_ count: Int, _ kept: Int) throws -> Void, body: (MultipartParser.Part) async throws -> Void
    ) async throws {
        do {
            var parser = try MultipartParser(contentType: form, partLimit: limitBytes)
            var began = ContinuousClock.now
            var parts = 0
            for try await buffer in request.body {
                // Who sends nothing at all is sent away when the connection has been idle for a minute.
                guard ContinuousClock.now - began <= patience else { throw late }
                try arriving(buffer.readableBytes, parser.keptBytes)
                for part in try parser.append(buffer.readableBytesView) {
                    parts += 1
                    guard parts <= Self.mostParts else {
                        throw Problem(
                            .contentTooLarge,
                            "the form has more than \(Self.mostParts) parts; send the rest in another")
                    }
                    guard part.name == wanted else { continue }
                    try await body(part)
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
