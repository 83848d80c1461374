/// Log of one kind of trouble: the first at once, then one line a while with the number of the others.
public struct ThrottledLog {
    private let log: Log
    private let interval: Duration
    private var next: MonotonicTime?
    private var unsaid = 0

    public init(_ log: Log, interval: Duration = .seconds(10)) {
        self.log = log
        self.interval = interval
    }

    public mutating func warning(_ message: String, _ fields: @autoclosure () -> LogFields) {
        let now = MonotonicTime.now()
        guard next.map({ now >= $0 }) ?? true else {
            unsaid += 1
            return
        }
        var fields = fields()
        fields.merge(["others": unsaid])
        log.warning(message, fields)
        unsaid = 0
        next = now + interval
    }
}
