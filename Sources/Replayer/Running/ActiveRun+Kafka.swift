internal import Invalidations
internal import Kafka
internal import Replays
internal import Views
internal import Workers

// A run on Kafka: where it stands is looked up there, and its ports are made.
extension ActiveRun {
    /// - Parameter earlier: the state that was stored last; nil where the run was not even planned.
    convenience init(
        _ id: String, _ order: RunOrder, earlier: RunState?, _ configuration: ReplayConfiguration
    ) throws {
        let topic = RunTakeover.target(of: order)
        let view = ViewReader(configuration.view)
        let source = try RunSource(
            id, order, view: view, topics: SourceTopics(tiers: configuration.retryTiers),
            profiles: configuration.edges)
        let (begun, epoch) = (Self.begun(earlier), Self.epoch(after: earlier))
        let input: any RunInput
        if order.spec.coalesce ?? false {
            input = try PackInput(id, order, earlier: begun, epoch: epoch, source, configuration)
        } else {
            let logs = try RunTakeover.find(id, order, begun, configuration)
            let records = try SourceRecords(id, order, epoch: epoch, source, logs: logs, configuration)
            input = RecordInput(order, records, logs: logs)
        }
        self.init(
            id, order, earlier: earlier, input: input, target: try KafkaRunTarget(topic: topic, configuration.kafka),
            outcomes: try KafkaRunOutcomes(topic: topic, configuration, view: view), at: .now())
    }
}
