/// One thing that happened in a run, for people.
public struct TraceLine: Sendable, Equatable {
    /// Simulated nanoseconds since the run began.
    public let time: Int64
    /// In one word, such as `purge` or `crash`.
    public let kind: String
    /// A plain sentence.
    public let text: String

    /// `00:00:01.234  worker-1 …`
    public var line: String { "\(Calendar.text(time))  \(text)" }
}

/// The trace of a run; only kept where somebody wants to hear it.
struct Trace {
    let isWanted: Bool
    private(set) var lines: [TraceLine] = []

    init(isWanted: Bool) {
        self.isWanted = isWanted
    }

    mutating func tell(_ time: SimulatedTime, _ kind: String, _ text: @autoclosure () -> String) {
        guard isWanted else { return }
        lines.append(TraceLine(time: time, kind: kind, text: text()))
    }
}
