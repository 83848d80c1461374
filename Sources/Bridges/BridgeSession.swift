internal import Basics
internal import Invalidations
internal import Kafka
internal import Mappings
internal import Runtime

/// One run of a bridge over one membership in its group and one producer.
///
/// Any trouble ends it; the next one goes on where the group's offsets are.
final class BridgeSession: RoleSession {
    private static let waitMax = Duration.milliseconds(200)
    /// How long open requests are waited for before partitions go to others, or the process ends.
    private static let handOverMax = Duration.seconds(5)

    private let configuration: BridgeConfiguration
    private let wake: WakePipe
    private let log: Log
    private let metrics: BridgeMetrics
    private let mappings: [String: [Int]]
    private let mapper = EventMapper()
    private let outlet: RequestOutlet
    private let source: EventSource
    private var refusals: ThrottledLog

    init(_ configuration: BridgeConfiguration, wake: WakePipe, log: Log, metrics: BridgeMetrics) throws {
        self.configuration = configuration
        self.wake = wake
        self.log = log
        self.metrics = metrics
        mappings = Dictionary(grouping: configuration.mappings.indices) { configuration.mappings[$0].topic }
        refusals = ThrottledLog(log)
        let priorities = Set(configuration.mappings.map(\.priority))
        outlet = try RequestOutlet(
            configuration, topics: priorities.map { RequestTopic.name(of: $0) }.sorted(), wake: wake, log: log)
        source = try EventSource(configuration, wake: wake, log: log)
    }

    /// - Parameter report: told after each turn why some topics are not read; nil while all are.
    func run(until stop: StopSignal, report: (String?) -> Void) throws {
        while stop.phase == .running {
            wake.drain()
            try source.takeEvents { try finish(.running, stop) }
            let count = try source.read(max: max(0, configuration.outstandingMax - outlet.outstanding)) { publish($0) }
            try settle()
            try source.commitIfDue()
            report(source.problem)
            if count == 0 { wake.waitForWake(atMost: Self.waitMax) }
        }
        try finish(.draining, stop)
        source.commitNow()
    }

    func close() { source.close() }

    /// Waits until all requests are acknowledged, for a moment.
    private func finish(_ phase: StopSignal.Phase, _ stop: StopSignal) throws {
        let deadline = MonotonicTime.now() + Self.handOverMax
        while outlet.outstanding > 0, MonotonicTime.now() < deadline, stop.phase <= phase {
            try settle(timeout: .milliseconds(50))
        }
        if outlet.outstanding > 0 {
            log.warning("events are left to be read once more", ["requests": outlet.outstanding])
        }
        outlet.forget()
    }

    private func settle(timeout: Duration = .zero) throws {
        try outlet.send { end($0, $1) }
        try outlet.takeDeliveries(timeout: timeout) { end($0, $1) }
        metrics.outstanding.set(outlet.outstanding)
    }

    private func end(_ origin: RequestOutlet.Origin, _ outcome: RequestOutlet.Outcome) {
        switch outcome {
        case .stored:
            metrics.events[origin.mapping].published.increment()
            source.complete(origin.partition, origin.offset)
        case .tooLarge:
            let goesOn = refuse(origin, "the request is larger than the topic takes")
            if goesOn { source.complete(origin.partition, origin.offset) }
        }
    }

    /// - Returns: how many requests the record waits for; nil where it stops its partition.
    private func publish(_ record: borrowing KafkaRecord) -> Int? {
        let (partition, offset) = (record.partition, record.offset)
        let event = ForeignEvent(
            value: record.value, headers: record.headers.map { ForeignEvent.Header($0.name, $0.value) },
            time: record.timestamp.map { Timestamp(milliseconds: $0) })
        var requests: [RequestOutlet.Request] = []
        for index in mappings[partition.topic] ?? [] {
            let mapping = configuration.mappings[index]
            let origin = RequestOutlet.Origin(partition: partition, offset: offset, mapping: index)
            let id = EventID.make(
                bridge: mapping.name, partition: partition, offset: offset, timestamp: record.timestamp)
            switch mapper.map(event, by: mapping, id: id, now: .now()) {
            case .passedOver: metrics.events[index].passedOver.increment()
            case .refused(let reason):
                guard refuse(origin, reason) else { return nil }
            case .request(let invalidation, let value):
                requests.append(
                    RequestOutlet.Request(
                        origin: origin, topic: RequestTopic.name(of: invalidation.priority),
                        key: Array(invalidation.namespace.name.utf8), value: value,
                        headers: TraceParent.valid(in: event).map { [KafkaHeader(TraceParent.name, $0)] } ?? []))
            }
        }
        for request in requests { outlet.add(request) }
        return requests.count
    }

    /// - Returns: whether reading goes on behind the event.
    private func refuse(_ origin: RequestOutlet.Origin, _ reason: String) -> Bool {
        let mapping = configuration.mappings[origin.mapping]
        metrics.events[origin.mapping].refused.increment()
        let position = "\(origin.partition)/\(origin.offset)"
        let fields: LogFields = ["bridge": mapping.name, "event": position, "error": reason]
        switch mapping.onError {
        case .skip:
            refusals.warning("an event cannot be mapped and is left out", fields)
            return true
        case .stop:
            log.error("an event cannot be mapped: its partition is read no further until a restart", fields)
            source.stop(
                origin.partition, "the bridge \(mapping.name) stands still at the event \(position): \(reason)")
            return false
        }
    }
}

extension TraceParent {
    /// The trace that an event belongs to, where it says so.
    fileprivate static func valid(in event: ForeignEvent) -> String? {
        let given = event.headers.first { $0.name == name } ?? event.headers.first { $0.name == "ce_\(name)" }
        guard let text = given?.value.flatMap({ String(validating: $0, as: UTF8.self) }), isValid(text) else {
            return nil
        }
        return text
    }
}
