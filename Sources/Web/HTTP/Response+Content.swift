import Events
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// A JSON object. Never kept by caches: what it says changes.
    init(status: HTTPResponse.Status = .ok, json: JSONLine) {
        self.init(status: status, type: "application/json", text: json.utf8)
        headers[.cacheControl] = "no-store"
    }

    /// A text of this media type, in UTF-8.
    init(status: HTTPResponse.Status = .ok, type: String, text: [UInt8]) {
        self.init(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: text)))
    }
}
