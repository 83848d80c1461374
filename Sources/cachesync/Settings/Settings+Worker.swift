import Edges
import Invalidations
import Runtime
import TopicCatalogue

// Settings of the worker and its core.
extension Settings {
    /// The bounds and rhythms of a worker.
    func workerSettings() throws -> WorkerSettings {
        var settings = WorkerSettings()
        settings.retry.attemptsMax = try sources.int("worker.attempts", in: 1...100)
        settings.retryTiers = try retryDelays()
        // No longer than invalidations are kept, so that retries never outlive the topics that hold them.
        settings.maximumAge = try sources.duration("worker.maximumAge", in: .seconds(1)...(.days(7)))
        settings.strictNamespaces = try sources.optional("worker.strictNamespaces")?.namespacePatterns() ?? []
        settings.openRecordsMax = try sources.int("worker.openRecords", in: 1...1_000_000)
        settings.laneRequestsMax = try sources.int("worker.laneRequests", in: 1...1_000_000)
        settings.laneBytesMax = try sources.value("worker.laneBytes").byteCount(in: 1_024...(1 << 30))
        settings.delayedMax = try sources.int("worker.parked", in: 1...100_000)
        settings.blockedOffsetsMax = try sources.int("worker.blockedOffsets", in: 1...10_000_000)
        settings.blockedTimeMax = try sources.duration("worker.blockedTime", in: .milliseconds(100)...(.days(1)))
        settings.clockSkew = try sources.duration("worker.clockSkew", in: .zero...(.seconds(600)))
        settings.accounts = try accounts()
        settings.partitionsInAll = Self.partitions
        return settings
    }

    /// Of each invalidation topic; retry topics have as many.
    private static let partitions: Int = {
        guard let topic = TopicCatalogue.definition(named: TopicName.normal) else {
            preconditionFailure("the catalogue lacks \(TopicName.normal)")
        }
        return topic.partitions
    }()

    private func retryDelays() throws -> [Duration] {
        let value = try sources.value("worker.retryDelays")
        let texts = value.list()
        if texts == ["none"] { return [] }
        let delays = try texts.map { text in
            try ConfigurationValue(key: value.key, text: text, origin: value.origin).duration(
                in: .milliseconds(10)...(.days(1)))
        }
        guard (1...TopicName.retries.count).contains(delays.count), delays == delays.sorted() else {
            throw value.invalid(
                "a list of 1 to \(TopicName.retries.count) durations, none shorter than the one before",
                hint: "write them like 10s, 1m, 10m, 1h; none for no retry")
        }
        return delays
    }
}

extension Duration {
    fileprivate static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
