import Basics
import Foundation
import Invalidations

/// The worker's loop without its surroundings: records' bytes are decoded, go through lanes and offset tracker to edges
/// that answer at once, and their progress is written as JSON. In memory, on one thread.
struct CoreBenchmark {
    struct Load {
        var records = 1_000_000
        var partitions = 16
        var namespaces = 1_000
        /// In all; a namespace is served by `edgesPerNamespace` of them.
        var edges = 1
        var edgesPerNamespace = 1
        /// An edge that never answers well, for a backlog of retry records.
        var isFirstEdgeDown = false
    }

    struct Result {
        var recordsPerSecond: Double
        var progressBytes: Int
        var purges: Int
        var retryRecords: Int

        var microsecondsPerRecord: Double { 1_000_000 / recordsPerSecond }
    }

    /// Records handed over before outcomes are, as a worker's turn does.
    private static let turn = 1_000
    private static let distinct = 100_000

    let load: Load

    func run() -> Result {
        var world = CoreWorld(load)
        let values = (0..<Self.distinct).map { CoreRecords.value($0, namespaces: load.namespaces) }
        let clock = ContinuousClock()
        let begin = clock.now
        var done = 0
        while done < load.records {
            let end = min(done + Self.turn, load.records)
            for number in done..<end { world.handleRecord(number, values[number % Self.distinct]) }
            world.answerAll()
            done = end
        }
        world.finish()
        let seconds = begin.duration(to: clock.now) / .seconds(1)
        return Result(
            recordsPerSecond: Double(load.records) / seconds, progressBytes: world.progressBytes,
            purges: world.purges, retryRecords: world.retryRecords)
    }
}
