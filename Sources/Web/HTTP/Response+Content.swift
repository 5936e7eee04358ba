import HTTPTypes
import Hummingbird
import NIOCore
import Protocol

extension Response {
    /// A JSON object. Never kept by caches: what it says changes.
    init(status: HTTPResponse.Status = .ok, json: JSONLine) {
        self.init(status: status, type: "application/json", text: json.utf8)
        headers[.cacheControl] = "no-store"
    }

    /// What is written as it comes to be, and must not be kept together on the way.
    init(streaming type: String, body: ResponseBody) {
        self.init(status: .ok, headers: [.contentType: type, .cacheControl: "no-store"], body: body)
        // For nginx, which otherwise waits until it has a few kilobytes.
        if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
    }

    /// A text of this media type, in UTF-8.
    init(status: HTTPResponse.Status = .ok, type: String, text: [UInt8]) {
        self.init(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: text)))
    }
}
