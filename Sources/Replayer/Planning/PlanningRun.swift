internal import Invalidations
internal import Kafka
internal import Replays
internal import Views
internal import Workers

/// Run that is being planned: reads what it would read, decides as it would, and publishes nothing.
final class PlanningRun {
    let id: String
    private(set) var order: RunOrder
    private(set) var state: RunState
    private let source: RunSource
    private let reader: LogRangeReader
    private var search: SupersededSearch?
    private var builder: PlanBuilder

    init(_ id: String, _ order: RunOrder, earlier: RunState?, _ configuration: ReplayConfiguration) throws {
        self.id = id
        self.order = order
        source = try RunSource(
            id, order, view: ViewReader(configuration.view),
            topics: SourceTopics(tiers: configuration.retryTiers), profiles: configuration.edges)
        reader = try LogRangeReader(configuration.kafka, order.spec.ranges)
        let isCoalesced = order.spec.coalesce ?? false
        builder = PlanBuilder(source.profiles, isCoalesced: isCoalesced)
        // The union names each selector once: what later requests purged does not make it smaller.
        if order.kind == .replay, !isCoalesced { search = try SupersededSearch(order, source, configuration) }
        state = RunState(epoch: (earlier?.epoch ?? 0) &+ 1, phase: .planning, position: [:], at: .now())
        state.order = order.version
    }

    func close() {
        search?.close()
        reader.close(deadline: .seconds(1))
    }

    /// Follows a later order, which never changes what is read.
    func follow(_ order: RunOrder) {
        guard order.version > self.order.version else { return }
        self.order = order
        state.order = order.version
    }

    /// Reads on.
    ///
    /// - Returns: whether there may be more at once.
    func step() throws -> Bool {
        if search != nil {
            let reading = try source.advance(&search)
            state.reason = reading.obstacle
            return reading.isComplete || reading.isBusy
        }
        let progress = try reader.readThrowing(max: RunReading.portion, timeout: .zero) { record in
            let (decision, deadLetter) = try source.decide(record, now: .now())
            builder.add(
                decision, partition: record.partition.partition, deadClass: deadLetter?.deadClass,
                time: record.timestamp)
        }
        builder.addLost(progress.lostOffsets)
        state.counts = builder.counts
        state.at = TimeText(.now())
        state.reason = progress.obstacle
        guard progress.isComplete else { return progress.records > 0 }
        state.phase = .planned
        state.plan = builder.report(at: .now())
        return false
    }
}
