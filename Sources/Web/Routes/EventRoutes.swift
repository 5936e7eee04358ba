import HTTPTypes
import Hummingbird
import NIOCore
import Protocol
import ServiceLifecycle

/// What the daemon hears, as it hears it.
struct EventRoutes: Sendable {
    let daemon: DaemonLink

    /// `GET /api/events`: server-sent events. With the header `Last-Event-ID`, or `?since=ID`, first those that came after
    /// it.
    @Sendable func events(_ request: Request, _ context: WebContext) async throws -> Response {
        let since =
            HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }
            ?? request.uri.queryParameters["since"].map(String.init)
        if let since, UInt64(since) == nil {
            throw Problem(.badRequest, "since and Last-Event-ID must be a whole number, the id of an event")
        }
        let events = try await daemon.listen(since: since.flatMap { UInt64($0) }, client: context.client)
        return Response(
            streaming: "text/event-stream",
            body: ResponseBody { writer in
                for await event in events.cancelOnGracefulShutdown() {
                    let id = event.id.map { "id: \($0)\n" } ?? ""
                    let text = "\(id)event: \(event.type)\ndata: \(event.line)\n\n"
                    try await writer.write(ByteBuffer(string: text))
                }
                try await writer.finish(nil)
            })
    }
}
