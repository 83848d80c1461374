/// How long a client wants its answer to be held: `10s`, `500ms`, `1m`, or a number of seconds.
enum WaitParameter {
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
