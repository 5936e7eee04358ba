import CCurl
import Hooks
import ServiceSettings

/// Posts the event's JSON to an address of http or https, by libcurl.
///
/// A connection that fails, an answer of 5xx, 408 or 429 is tried again, after half a second, one and two, as far as the hook's
/// time goes: what it says twice has the same `id`. Redirects are not followed; who is told may be only who is configured.
struct Webhook: HookAction {
    let url: String
    let timeLimit: Duration

    private static let pauses: [Duration] = [.milliseconds(500), .seconds(1), .seconds(2)]
    private static let longestConnecting = Duration.seconds(5)

    /// Before the first of them: what is missing for any; nil where nothing is.
    static func prepare() -> String? { curl_prepare().map { String(cString: $0) } }

    /// What is wrong with an address; nil where nothing is.
    static func problem(with url: String) -> String? { curl_address_problem(url).map { String(cString: $0) } }

    func perform(_ keyword: HeardKeyword, until stop: StopSignal) -> HookResult {
        let deadline = ContinuousClock.now + timeLimit
        var pauses = Self.pauses[...]
        while true {
            let answer = post(Array(keyword.line.utf8), within: ContinuousClock.now.duration(to: deadline), stop)
            if stop.isGiven { return .stopped }
            if (200..<300).contains(answer.status) { return .done }
            let left = ContinuousClock.now.duration(to: deadline)
            if left <= .milliseconds(1) { return .timedOut }
            let mayPass = answer.status == 0 || answer.status >= 500 || [408, 429].contains(answer.status)
            guard mayPass, let pause = pauses.popFirst(), pause < left else { return .failed(text(answer)) }
            if stop.wait(for: pause) { return .stopped }
        }
    }

    private struct Answer {
        let status: Int
        let reason: String
    }

    private func post(_ body: [UInt8], within limit: Duration, _ stop: StopSignal) -> Answer {
        url.withCString { url in
            "attune-hooks/\(attunedVersion)".withCString { agent in
                body.withUnsafeBytes { body in
                    var exchange = curl_exchange()
                    (exchange.url, exchange.user_agent) = (url, agent)
                    (exchange.body, exchange.size) = (body.baseAddress, body.count)
                    // It counts whole milliseconds: one that is left a moment before its time would be no timeout.
                    exchange.timeout_ms = max(1, Int(limit / .milliseconds(1)) + 2)
                    exchange.connect_timeout_ms = Int(Self.longestConnecting / .milliseconds(1))
                    // SAFETY: `stop` outlives the exchange, which ends before this returns.
                    exchange.context = Unmanaged.passUnretained(stop).toOpaque()
                    exchange.is_stopped = { context in
                        context.map { Unmanaged<StopSignal>.fromOpaque($0).takeUnretainedValue().isGiven } ?? false
                    }
                    curl_post_json(&exchange)
                    let reason = withUnsafeBytes(of: exchange.reason) { bytes in
                        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                    }
                    return Answer(status: exchange.status, reason: reason)
                }
            }
        }
    }

    private func text(_ answer: Answer) -> String {
        switch answer.status {
        case 0: "no answer: \(answer.reason)"
        case 300..<400:
            "answered with \(answer.status), a redirect, which is not followed; give the address it leads to"
        default: "answered with \(answer.status)"
        }
    }
}
