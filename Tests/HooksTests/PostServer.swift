import Foundation
import Synchronization

/// A small server on 127.0.0.1 that gives its answers one after the other, the last one for ever; without one it says nothing.
final class PostServer: Sendable {
    let address: String
    private let listener: CInt
    private let received = Mutex<[String]>([])

    var requests: [String] { received.withLock { $0 } }

    init(_ answers: [String]) throws {
        listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = withUnsafeMutablePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        address = "http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
        Thread.detachNewThread { [weak self] in
            var left = answers[...]
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                guard let request = Self.request(from: connection) else { continue }
                self?.received.withLock { $0.append(request) }
                let answer = left.count > 1 ? left.removeFirst() : left.first
                guard let answer else { continue }
                let text = Array("HTTP/1.1 \(answer)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
                _ = write(connection, text, text.count)
                Foundation.close(connection)
            }
        }
    }

    deinit { close() }

    func close() {
        shutdown(listener, CInt(SHUT_RDWR))
        Foundation.close(listener)
    }

    /// A request with its body, whose length it states.
    private static func request(from connection: CInt) -> String? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let length = text.components(separatedBy: "Content-Length: ").last.flatMap {
                    Int($0.prefix { $0.isNumber })
                }
                if text[end.upperBound...].utf8.count >= length ?? 0 { return text }
            }
            let count = read(connection, &chunk, chunk.count)
            guard count > 0 else { return nil }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
