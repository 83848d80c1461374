internal import Invalidations
internal import Workers

/// What a commit says is finished above its offset.
struct DoneOffsets {
    private let finished: CompletedOffsets

    init() {
        finished = CompletedOffsets()
    }

    /// - Parameter end: of the log: nothing there or above can be finished.
    init(_ point: CommitPoint, below end: Int64 = .max) {
        // What stands before the set tells which log it is of.
        let completed = CommitMetadata(text: point.metadata).completed
        var finished = CompletedOffsets(metadata: completed, offset: point.offset)
        if end < .max { _ = finished.cut(from: end) }
        self.finished = finished
    }

    var runs: [ClosedRange<Int64>] { finished.runs }

    func contains(_ offset: Int64) -> Bool { finished.contains(offset) }
}
