internal import Invalidations
internal import JSON
internal import Kafka
internal import Runtime
internal import Synchronization

/// Requests that another server publishes, on their way into Kafka. Bounded in number.
final class PendingRequests: DeliveryHandler {
    private struct Pending {
        let topic: String
        let bytes: Int
        let since: MonotonicTime
        /// Nil once its sender has an answer.
        var answer: (@Sendable (PublishOutcome) -> Void)?
    }

    private struct State {
        var pending: [UInt64: Pending] = [:]
        var nextToken: UInt64 = 0
        var isOpen = true
    }

    private static let countMax = 1_024

    let invalidations: Outlet
    private let topics: GatewayConfiguration.Topics
    private let timeout: Duration
    private let backlogGuard: (any PublishGuard)?
    private let state = Mutex(State())

    init(_ configuration: GatewayConfiguration, _ invalidations: Outlet, backlogGuard: (any PublishGuard)?) {
        self.invalidations = invalidations
        self.backlogGuard = backlogGuard
        topics = configuration.topics
        timeout = min(configuration.publishTimeout, GatewayConfiguration.publishTimeoutMax)
    }

    /// From any thread. Waits for nothing.
    func publish(
        _ invalidation: Invalidation, _ headers: [KafkaHeader], _ answer: @escaping @Sendable (PublishOutcome) -> Void
    ) {
        var writer = JSONWriter(capacity: 512)
        InvalidationEncoder.encode(invalidation, into: &writer)
        let value = writer.bytes
        guard value.count <= Limits.recordBytes else {
            return answer(.refused("it is larger than the \(Limits.recordBytes) bytes of a record"))
        }
        let topic = topics.topic(of: invalidation.priority)
        let bytes = value.count + RecordSize.overhead
        guard backlogGuard?.admit(bytes: bytes) != false else {
            return answer(.refused("the embedded broker is full of requests that no worker has finished"))
        }
        let token: UInt64? = state.withLock { state in
            guard state.isOpen, state.pending.count < Self.countMax else { return nil }
            let token = state.nextToken
            state.nextToken &+= 1
            state.pending[token] = Pending(topic: topic, bytes: bytes, since: .now(), answer: answer)
            return token
        }
        guard let token else {
            backlogGuard?.abandon(bytes: bytes)
            return answer(.refused("too many requests are on their way into Kafka, or the server is stopping"))
        }
        do throws(KafkaError) {
            try invalidations.send(
                topic: topic, key: Array(invalidation.namespace.name.utf8), value: value, headers: headers,
                token: token)
        } catch {
            finish(token, .refused("Kafka does not take it: \(error)"))
        }
    }

    func settle(max: Int, notice: (KafkaNotice) -> Void) -> Bool {
        invalidations.drain(max: max, settle, notice: notice)
    }

    func giveUpOverdue(now: MonotonicTime) {
        giveUp(since: now - timeout, "no acknowledgement within \(timeout)")
    }

    /// Accepts no more, and answers all that wait.
    func close() {
        state.withLock { $0.isOpen = false }
        giveUp(since: .now(), "the server is stopping")
    }

    private func giveUp(since time: MonotonicTime, _ reason: String) {
        let answers = state.withLock { state in
            // The record may still be stored, so it counts until Kafka has said so.
            let overdue = state.pending.filter { $0.value.since <= time && $0.value.answer != nil }
            for token in overdue.keys { state.pending[token]?.answer = nil }
            return overdue.values.compactMap(\.answer)
        }
        for answer in answers { answer(.unknown(reason)) }
    }

    private func settle(_ delivery: Delivery) {
        switch delivery.result {
        case .stored(let partition, let offset):
            guard let pending = remove(delivery.token) else { return }
            backlogGuard?.stored(bytes: pending.bytes, topic: pending.topic, partition: partition, offset: offset)
            pending.answer?(.stored)
        case .failed(let error): finish(delivery.token, .unknown(error.description))
        }
    }

    private func finish(_ token: UInt64, _ outcome: PublishOutcome) {
        guard let pending = remove(token) else { return }
        backlogGuard?.abandon(bytes: pending.bytes)
        pending.answer?(outcome)
    }

    private func remove(_ token: UInt64) -> Pending? { state.withLock { $0.pending.removeValue(forKey: token) } }
}
