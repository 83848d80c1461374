/// Provenance of a replayed request: the run that wrote it once more, and its generation.
///
/// It stays with the request on retry topics and in its dead letter.
public struct Replay: Hashable, Sendable {
    /// The run's id: 1 to 64 letters, digits, `-`, `_` and `.` of ASCII.
    public var run: String
    /// The number of this try of the whole request; 0 is the publisher's own.
    public var generation: UInt32
    /// How often the request was redriven, this time included.
    public var redrives: Int
    /// When the run wrote it. The request's age counts from then.
    public var replayedAt: Timestamp
    /// The id under which progress is told; nil for the request's own.
    public var statusID: RequestID?

    public init(
        run: String, generation: UInt32, redrives: Int = 0, replayedAt: Timestamp, statusID: RequestID? = nil
    ) {
        self.run = run
        self.generation = generation
        self.redrives = redrives
        self.replayedAt = replayedAt
        self.statusID = statusID
    }

    /// Whether that is the id of a run.
    public static func isRun(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

/// Replay on the heap: few records have one, and all actions would be larger for it.
final class ReplayBox: Hashable, Sendable {
    let replay: Replay

    init(_ replay: Replay) {
        self.replay = replay
    }

    static func == (a: ReplayBox, b: ReplayBox) -> Bool { a.replay == b.replay }

    func hash(into hasher: inout Hasher) { hasher.combine(replay) }
}
