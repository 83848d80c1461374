internal import Invalidations

/// What a commit says is finished above its offset.
struct DoneOffsets {
    private let finished: DoneSet

    init() {
        finished = DoneSet()
    }

    init(_ point: CommitPoint) {
        finished = DoneSet(metadata: point.metadata, offset: point.offset)
    }

    var runs: [ClosedRange<Int64>] { finished.runs }

    func contains(_ offset: Int64) -> Bool { finished.contains(offset) }
}
