import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Answers `Expect: 100-continue` (RFC 9110, 10.1.1): a client that asks before it sends is told to go on once its body is
/// wanted, and not if it has been refused before that.
struct ContinueExpectation: RouterMiddleware {
    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        guard request.headers[.expect]?.lowercased() == "100-continue" else { return try await next(request, context) }
        var request = request
        let body = AwaitedBody(body: request.body, channel: context.channel)
        request.body = RequestBody(asyncSequence: body)
        var response = try await next(request, context)
        // Whether the body comes now is the client's choice, so nothing behind it could be understood.
        if !body.isWanted { response.headers[.connection] = "close" }
        return response
    }
}

/// A body that the client sends once it is told to: by the first who reads it.
private final class AwaitedBody: AsyncSequence, Sendable {
    private let body: RequestBody
    private let channel: any Channel
    private let told = Atomic(false)

    init(body: RequestBody, channel: any Channel) {
        self.body = body
        self.channel = channel
    }

    var isWanted: Bool { told.load(ordering: .relaxed) }

    func makeAsyncIterator() -> Iterator { Iterator(body: self, iterator: body.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let body: AwaitedBody
        fileprivate var iterator: RequestBody.AsyncIterator

        mutating func next() async throws -> ByteBuffer? {
            if !body.told.exchange(true, ordering: .relaxed) {
                try await body.channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
            }
            return try await iterator.next()
        }
    }
}
