package import Invalidations
internal import Kafka

/// Run under way: reads its ranges, and publishes what is decided about each record on the topic that it writes.
///
/// It does no I/O and reads no clock of its own. One thread uses it. After an error it is of no use: a new one goes on
/// where it stands.
package final class ActiveRun {
    private static let lookInterval: Int64 = 100_000_000
    private static let judgeInterval: Int64 = 1_000_000_000

    package let id: String
    package private(set) var order: RunOrder
    package private(set) var state: RunState
    private let input: any RunInput
    private let target: any RunTarget
    private let outcomes: any RunOutcomes
    private var pace: RunPace
    private var sample = OutcomeSample()
    /// By token, what each record stands for that is not acknowledged.
    private var unacknowledged: [UInt64: RunOrigin] = [:]
    private var nextToken: UInt64 = 0
    /// By partition of the topic that is written, the offset behind the run's last record.
    private var ends: [Int32: Int64] = [:]
    /// In nanoseconds on the monotonic clock.
    private var nextLook: Int64 = .min
    private var nextJudgement: Int64 = .min
    private var isPrepared = false
    private var hasRead = false
    /// All is read, and all that was sent is stored.
    private var isPublished: Bool { hasRead && unacknowledged.isEmpty }

    /// Counts the owners of a run.
    package static func epoch(after earlier: RunState?) -> UInt32 { (earlier?.epoch ?? 0) &+ 1 }

    /// A run that is planned has published nothing.
    ///
    /// - Returns: the state that a run goes on from; nil where it was never begun.
    package static func begun(_ earlier: RunState?) -> RunState? {
        earlier.flatMap { $0.position.isEmpty ? nil : $0 }
    }

    /// - Parameter earlier: the state that was stored last; nil where the run was not even planned.
    package init(
        _ id: String, _ order: RunOrder, earlier: RunState?, input: any RunInput, target: any RunTarget,
        outcomes: any RunOutcomes, at time: Timestamp
    ) {
        self.id = id
        self.order = order
        (self.input, self.target, self.outcomes) = (input, target, outcomes)
        let begun = Self.begun(earlier)
        pace = RunPace(
            rate: order.spec.rate, window: order.spec.windowInForce,
            looksFirst: begun == nil && order.kind != .discard)
        var counts = begun?.counts ?? RunState.Counts()
        if order.spec.coalesce ?? false {
            // The union is made anew.
            counts = RunState.Counts()
            counts.published = begun?.counts.published ?? 0
        }
        // Published since the last state was stored.
        counts.published += input.knownCount
        state = RunState(
            epoch: Self.epoch(after: earlier), phase: .running, position: [:], counts: counts, at: time)
        state.order = order.version
        state.plan = earlier?.plan?.summary
        // What earlier owners have published must be worked off, too.
        if begun != nil { ends = input.ends }
        checkpoint(at: time)
    }

    package func close() {
        input.close()
        outcomes.close()
        target.close()
    }

    /// Follows a later order of the same run.
    package func follow(_ order: RunOrder) {
        guard order.version > self.order.version else { return }
        pace.setRate(order.spec.rate)
        self.order = order
        state.order = order.version
        switch order.wanted {
        case .cancelled: state.phase = .cancelled
        // One that has paused itself keeps the reason.
        case .paused where !state.phase.isOver && state.phase != .paused:
            (state.phase, state.reason) = (.paused, nil)
        case .running where state.phase == .paused:
            (state.phase, state.reason) = (isPublished ? .published : .running, nil)
            // Somebody has looked, and mended what the sample tells of.
            pace.passFirstLook()
            sample = OutcomeSample()
        case .paused, .running, .planned: break
        }
    }

    /// - Parameter now: nanoseconds on the monotonic clock.
    /// - Returns: whether there is more to do at once.
    package func step(now: Int64) throws -> Bool {
        try takeDeliveries()
        try look(now)
        guard state.phase == .running else { return false }
        try judge(now)
        guard state.phase == .running else { return false }
        let allowance = pace.allowance(now: now)
        guard allowance > 0 else { return false }
        return try read(max: allowance, now)
    }

    // MARK: - Reading and publishing

    private func read(max: Int, _ now: Int64) throws -> Bool {
        guard isPrepared else {
            var counts = state.counts
            let reading = try input.prepare(&counts)
            state.counts = counts
            isPrepared = reading.isComplete
            state.reason = reading.obstacle
            return isPrepared || reading.isBusy
        }
        // A copy: while it reads, this run publishes.
        var counts = state.counts
        defer { state.counts = counts }
        let reading = try input.read(max: max, &counts) { try publish($0, now) }
        state.reason = reading.obstacle
        guard reading.isComplete else { return reading.isBusy }
        hasRead = true
        if isPublished { state.phase = .published }
        return false
    }

    private func publish(_ record: RunPublication, _ now: Int64) throws {
        nextToken += 1
        try target.send(record, token: nextToken)
        unacknowledged[nextToken] = record.origin
        pace.publish(now: now)
        sample.add(record.identity, generation: record.generation)
    }

    private func takeDeliveries() throws {
        var failure: KafkaError?
        try target.takeDeliveries { delivery in
            guard let origin = unacknowledged.removeValue(forKey: delivery.token) else { return }
            switch delivery.result {
            case .stored(let partition, let offset):
                input.store(origin, at: offset)
                pace.store(partition: partition, offset: offset)
                // Nobody works marks off.
                if order.kind == .discard { pace.commit(partition: partition, offset: offset + 1) }
                ends[partition] = Swift.max(ends[partition] ?? 0, offset + 1)
            case .failed(let error): failure = error
            }
        }
        // What was stored of those behind it is found on the replay topic.
        if let failure { throw failure }
        if state.phase == .running, isPublished { state.phase = .published }
    }

    // MARK: - Looking

    /// Looks at what workers have finished.
    private func look(_ now: Int64) throws {
        guard !ends.isEmpty || state.phase == .published, now >= nextLook else { return }
        nextLook = now + Self.lookInterval
        let partitions = order.kind == .discard ? [] : Array(ends.keys)
        var isWorkedOff = true
        if !partitions.isEmpty {
            let finished = try outcomes.finished(partitions)
            for partition in partitions {
                let offset = finished[partition] ?? 0
                pace.commit(partition: partition, offset: offset)
                if offset < ends[partition] ?? 0 { isWorkedOff = false }
            }
        }
        if state.phase == .published, isWorkedOff { state.phase = state.counts.lost > 0 ? .incomplete : .done }
    }

    private func judge(_ now: Int64) throws {
        guard now >= nextJudgement else { return }
        nextJudgement = now + Self.judgeInterval
        switch try sample.judge(by: outcomes, isWhole: pace.isWaitingForFirstLook) {
        case .open: break
        case .good: pace.passFirstLook()
        case .bad(let failed, let of):
            state.phase = .paused
            state.reason = "\(failed) of the last \(of) requests failed or were deferred: mend the edges, then resume"
        }
    }

    /// The state as another owner can go on from it: what Kafka has not acknowledged is not published.
    @discardableResult
    package func checkpoint(at time: Timestamp) -> RunState {
        state.position = input.checkpoint()
        state.at = TimeText(time)
        var stored = state
        // What lies behind the position is counted by who finds it.
        stored.counts.published -= Int64(unacknowledged.count) + input.knownCount
        return stored
    }
}
