internal import Invalidations
internal import Kafka
internal import Replays

/// Search for what supersedes requests of a range: reads the range, and the log behind it, to where the log ends now.
final class SupersededSearch {
    private static let timeout = Duration.seconds(30)

    private(set) var rule = SupersededRule()
    private let source: RunSource
    private let reader: LogRangeReader

    init(_ order: RunOrder, _ source: RunSource, _ configuration: ReplayConfiguration) throws {
        self.source = source
        let bounds = Dictionary(
            order.spec.ranges.map { ($0.partition, LogBounds(from: .offset($0.start), until: .end)) }
        ) { $1 }
        let ranges = try LogRangeResolver(configuration.kafka).resolve(bounds, timeout: Self.timeout)
        reader = try LogRangeReader(configuration.kafka, ranges.map(\.range))
    }

    func step() throws -> RunReading {
        let progress = try reader.readThrowing(max: RunReading.portion, timeout: .zero) { record in
            if let invalidation = source.invalidation(record) { rule.add(invalidation, record) }
        }
        return RunReading(progress)
    }

    func close() { reader.close(deadline: .seconds(1)) }
}
