internal import HTTP

/// How long a client wants its answer to be held: `10s`, `500ms`, `1m`, or a number of seconds.
enum WaitParameter {
    /// - Returns: zero where the request names none.
    static func read(_ request: HTTPRequest, max: Duration) throws(ParameterError) -> Duration {
        guard let text = request.parameter("wait") else { return .zero }
        guard let wait = parse(text, max: max) else {
            throw ParameterError("wait", "a time such as 10s or 500ms, \(max.components.seconds)s at most")
        }
        return wait
    }

    static func parse(_ text: String, max: Duration) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard digits.count <= 9, let number = Int64(digits) else { return nil }
        let wait: Duration
        switch text.dropFirst(digits.count) {
        case "ms": wait = .milliseconds(number)
        case "s", "": wait = .seconds(number)
        case "m": wait = .seconds(number * 60)
        default: return nil
        }
        return wait <= max ? wait : nil
    }
}
