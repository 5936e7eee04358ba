import Glibc

/// Takes a `multipart/form-data` body (RFC 7578) apart while it arrives, a part at a time.
///
/// What is kept is bounded: headers of a part, and its content up to a limit; of a longer one only its name is told.
package struct MultipartParser {
    /// One field of the form.
    package struct Part: Equatable {
        package let name: String
        /// What the client calls the file; nil for a field that is none.
        package let fileName: String?
        /// Nil if it was longer than allowed.
        package let content: [UInt8]?

        package init(name: String, fileName: String?, content: [UInt8]?) {
            (self.name, self.fileName, self.content) = (name, fileName, content)
        }
    }

    /// The body is no form, or it ended too soon.
    package struct Malformed: Error, Equatable {
        package let reason: String
    }

    private enum State {
        case preamble, afterDelimiter, headers, content, end
    }

    /// Bytes that it keeps now.
    package var keptBytes: Int { pending.count + content.count }

    private static let mostHeaderBytes = 8192
    /// Line end, two dashes, boundary: what ends a part.
    private let delimiter: [UInt8]
    private let partLimit: Int
    private var state = State.preamble
    // As if a line end had come before, which the first delimiter may lack.
    private var pending = Array("\r\n".utf8)
    private var header: (name: String, fileName: String?) = ("", nil)
    private var content: [UInt8] = []
    private var isTooLong = false

    /// - Parameters:
    ///   - contentType: the header of the request.
    ///   - partLimit: bytes of a part that are kept.
    package init(contentType: String, partLimit: Int) throws(Malformed) {
        guard let boundary = HeaderParameters(contentType)["boundary"], (1...70).contains(boundary.utf8.count) else {
            throw Malformed(reason: "the header Content-Type names no boundary of the form")
        }
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.partLimit = partLimit
    }

    /// Takes the next bytes; returns the parts that they complete.
    package mutating func append(_ bytes: some Sequence<UInt8>) throws(Malformed) -> [Part] {
        pending += bytes
        var parts: [Part] = []
        while let part = try step() { if let part { parts.append(part) } }
        return parts
    }

    /// To be called when the body has ended.
    package func finish() throws(Malformed) {
        guard state == .end else { throw Malformed(reason: "the form ends in the middle of a part") }
    }

    /// One step: nil when more bytes are needed; else the part that it completed, if it did.
    private mutating func step() throws(Malformed) -> Part?? {
        switch state {
        case .preamble:
            guard let place = pending.firstPlace(of: delimiter) else {
                pending.removeFirst(max(0, pending.count - delimiter.count))
                return nil
            }
            pending.removeFirst(place + delimiter.count)
            state = .afterDelimiter
            return .some(nil)
        case .afterDelimiter:
            guard pending.count >= 2 else { return nil }
            let isLast = pending.starts(with: "--".utf8)
            guard isLast || pending.starts(with: "\r\n".utf8) else {
                throw Malformed(reason: "something stands behind a boundary of the form")
            }
            state = isLast ? .end : .headers
            if !isLast { pending.removeFirst(2) }
            return .some(nil)
        case .headers:
            guard let end = pending.firstPlace(of: Array("\r\n\r\n".utf8)) else {
                guard pending.count <= Self.mostHeaderBytes else {
                    throw Malformed(reason: "the headers of a part are too long")
                }
                return nil
            }
            header = try Self.header(of: String(decoding: pending[..<end], as: UTF8.self))
            pending.removeFirst(end + 4)
            // A part without content ends with the delimiter's own line end, which the headers took.
            pending.insert(contentsOf: "\r\n".utf8, at: 0)
            (content, isTooLong, state) = ([], false, .content)
            return .some(nil)
        case .content:
            let place = pending.firstPlace(of: delimiter)
            let end = place ?? max(0, pending.count - delimiter.count)
            keep(pending.prefix(end))
            pending.removeFirst(end)
            guard place != nil else { return nil }
            pending.removeFirst(delimiter.count)
            state = .afterDelimiter
            // The first two bytes are the line end that was put in front, unless it is the delimiter's own.
            content.removeFirst(min(2, content.count))
            defer { content = [] }
            return Part(name: header.name, fileName: header.fileName, content: isTooLong ? nil : content)
        case .end:
            pending.removeAll()
            return nil
        }
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        isTooLong = isTooLong || content.count + bytes.count > partLimit + 2
        if isTooLong { content = [] } else { content += bytes }
    }

    private static func header(of text: String) throws(Malformed) -> (name: String, fileName: String?) {
        for line in text.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "content-disposition" else {
                continue
            }
            let parameters = HeaderParameters(String(line[line.index(after: colon)...]))
            if let name = parameters["name"] { return (name, parameters["filename"]) }
        }
        throw Malformed(reason: "a part of the form has no name")
    }
}

extension Array where Element == UInt8 {
    /// Where these bytes first stand.
    fileprivate func firstPlace(of sought: [UInt8]) -> Int? {
        withUnsafeBytes { all in
            guard let start = all.baseAddress, let first = sought.first, all.count >= sought.count else { return nil }
            var place = 0
            let last = all.count - sought.count
            while place <= last, let found = memchr(start + place, Int32(first), last - place + 1) {
                place = start.distance(to: UnsafeRawPointer(found))
                if memcmp(found, sought, sought.count) == 0 { return place }
                place += 1
            }
            return nil
        }
    }
}
