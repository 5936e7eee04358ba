import HTTPTypes
import Hummingbird
import Protocol

/// An error that a client is told, as "problem details" (RFC 9457): what went wrong and what to do, and nothing of the
/// inside.
struct Problem: Error {
    let status: HTTPResponse.Status
    /// A sentence for a person.
    let detail: String
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ detail: String, headers: HTTPFields = [:]) {
        self.status = status
        self.detail = detail
        self.headers = headers
    }

    /// Too much at once: to be tried again after so many seconds.
    static func busy(_ status: HTTPResponse.Status, _ detail: String, retryAfterSeconds seconds: Int) -> Problem {
        Problem(status, detail, headers: [.retryAfter: "\(seconds)"])
    }

    func line(requestID: String? = nil) -> JSONLine {
        var line = JSONLine()
        line.add("type", "about:blank")
        line.add("title", status.reasonPhrase)
        line.add("status", status.code)
        line.add("detail", detail)
        line.add("request_id", requestID)
        return line
    }

    func response(requestID: String) -> Response {
        var response = Response(status: status, json: line(requestID: requestID))
        response.headers[.contentType] = "application/problem+json"
        for field in headers { response.headers[field.name] = field.value }
        return response
    }
}
