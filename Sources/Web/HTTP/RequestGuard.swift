import HTTPTypes
import Hummingbird
import Logging

/// The outermost layer of every request: limits its rate, turns errors into problems, adds the headers that all answers
/// have, counts and logs.
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
            if let seconds = limiter.secondsToWait(client: context.client) {
                throw Problem.busy(
                    .tooManyRequests, "more requests than a minute allows; try again in \(seconds) s",
                    retryAfterSeconds: seconds)
            }
            response = try await next(request, context)
        } catch {
            response = problem(of: error, request, context).response(requestID: context.id)
        }
        for (name, value) in Self.headers { response.headers[name] = value }
        if let name = HTTPField.Name("X-Request-Id") { response.headers[name] = context.id }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        metrics.countRequest(path: context.endpointPath, status: response.status.code, seconds: seconds)
        context.logger.info(
            "\(request.method) \(request.uri.path)",
            metadata: [
                "status": "\(response.status.code)", "milliseconds": "\(Int(seconds * 1000))",
                "client": "\(context.client)",
            ])
        return response
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
                + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }
}
