import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// The outermost layer of every request: limits its rate, turns errors into problems, adds the headers that all answers
/// have, counts and logs. A client that has left is nobody's fault, and gets nothing.
struct RequestGuard: RouterMiddleware {
    let limiter: RateLimiter
    let metrics: WebMetrics
    /// The methods of each path that there is, for those who use another one.
    let methods: [String: Set<HTTPRequest.Method>]

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let began = ContinuousClock.now
        var response: Response
        do {
            try limiter.take(for: context.client)
            response = try await next(request, context)
        } catch  where Self.statusOfEnd(error) != nil {
            note(request, context, status: Self.statusOfEnd(error) ?? 0, since: began)
            throw error
        } catch {
            response = problem(of: error, request, context).response(requestID: context.id)
        }
        for (name, value) in Self.headers { response.headers[name] = value }
        if let name = HTTPField.Name("X-Request-Id") { response.headers[name] = context.id }
        note(request, context, status: response.status.code, since: began)
        return response
    }

    /// What is counted for an error that ends the connection, and nil for others: 400 for what was no HTTP, and 499, as
    /// proxies write, for a client that left before it had its answer.
    private static func statusOfEnd(_ error: any Error) -> Int? {
        switch error {
        case let error as HTTPParserError: error == .invalidEOFState ? 499 : 400
        case is IOError, is ChannelError, is CancellationError: 499
        default: nil
        }
    }

    private func note(_ request: Request, _ context: WebContext, status: Int, since began: ContinuousClock.Instant) {
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let path = request.uri.path
        metrics.countRequest(path: methods[path] == nil ? nil : path, status: status, seconds: seconds)
        context.logger.info(
            "\(request.method) \(path)",
            metadata: [
                "status": "\(status)", "milliseconds": "\(Int(seconds * 1000))", "client": "\(context.client)",
            ])
    }

    private func problem(of error: any Error, _ request: Request, _ context: WebContext) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as HTTPError where error.status == .notFound: return notFound(request)
        case let error as HTTPError: return Problem(error.status, error.body ?? "the request was refused")
        default:
            // What it was is for the log; a client can only try again.
            context.logger.error("\(request.method) \(request.uri.path) failed: \(error)")
            return Problem(.internalServerError, "something went wrong here; the log has it under this request_id")
        }
    }

    private func notFound(_ request: Request) -> Problem {
        guard let allowed = methods[request.uri.path] else {
            return Problem(.notFound, "there is no such page; /openapi.json lists all that there are")
        }
        let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        return Problem(
            .methodNotAllowed, "\(request.method.rawValue) is not possible here; use \(names)", headers: [.allow: names]
        )
    }

    private static let headers: [(HTTPField.Name, String)] = [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Frame-Options", "DENY"),
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
                + "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }
}
