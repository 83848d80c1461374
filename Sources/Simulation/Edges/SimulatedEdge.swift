internal import Invalidations

/// An edge: it answers as its plan and the moment's trouble say.
struct SimulatedEdge {
    let plan: EdgePlan
    private let chaosEnd: SimulatedTime
    private var random: SeededRandom

    init(_ plan: EdgePlan, chaosEnd: SimulatedTime, random: SeededRandom) {
        self.plan = plan
        self.chaosEnd = chaosEnd
        self.random = random
    }

    /// Decides how a batch that arrives now ends.
    ///
    /// - Returns: when the worker hears of it.
    mutating func decideOutcome(of sentBatch: SentBatch, now: SimulatedTime) -> SimulatedTime {
        sentBatch.startedAt = now
        sentBatch.outcome = purge(sentBatch.batch, now)
        switch trouble(at: now) {
        case nil:
            if plan.profile.limits != EdgeLimits(), random.chance(0.05) { sentBatch.rest = .milliseconds(500) }
            return now + random.time(plan.latency)
        case .slow:
            return now + random.time(2 * .second...30 * .second)
        case .down:
            return fail(sentBatch, PurgeFailure(.transient, "connection refused"), after: 1...50, now)
        case .silent, .losesAnswers:
            return fail(sentBatch, PurgeFailure(.unknown, "no answer"), after: 2_000...10_000, now)
        case .refusing:
            return fail(sentBatch, PurgeFailure(.permanentTarget, "wrong credentials", status: 401), after: 5...50, now)
        case .throttling where random.chance(0.8):
            let pause = pause()
            return fail(
                sentBatch, PurgeFailure(.throttled, "too many requests", status: 429, retryAfter: pause), after: 5...50,
                now)
        case .quota where random.chance(0.7):
            return fail(sentBatch, PurgeFailure(.quota, "too many purges in progress", status: 507), after: 5...50, now)
        case .flaky where random.chance(0.4):
            return stumble(sentBatch, now)
        case .uneven:
            return makeUneven(sentBatch, now)
        case .throttling, .quota, .flaky:
            return now + random.time(plan.latency)
        }
    }

    func trouble(at time: SimulatedTime) -> Trouble? {
        guard time < chaosEnd else { return nil }
        return plan.faultWindows.first { $0.from <= time && time < $0.until }?.trouble
    }

    /// What a healthy edge says: all well but for what it refuses.
    private func purge(_ batch: PurgeBatch, _ now: SimulatedTime) -> PurgeOutcome {
        let refusals = plan.refusals.filter { $0.from <= now && now < $0.until }
        guard !plan.refuses.isEmpty || !refusals.isEmpty else { return .acknowledged }
        let failures = batch.items.map { refusal(of: $0, batch.namespace, refusals) }
        guard let first = failures.lazy.compactMap(\.self).first else { return .acknowledged }
        if !plan.answersPerItem { return .each(Array(repeating: .failed(first), count: batch.items.count)) }
        return .each(failures.map { $0.map { .failed($0) } ?? .acknowledged(objects: nil) })
    }

    private func refusal(
        of item: Selectors, _ namespace: Namespace, _ refusals: [EdgePlan.Refusal]
    ) -> PurgeFailure? {
        let isShared = !plan.answersPerItem
        if item.singles.contains(where: { plan.refuses.contains($0.text) }) {
            return PurgeFailure(.permanentItem, "not to be purged", status: 400, isShared: isShared)
        }
        guard refusals.contains(where: { $0.isMeant(item, of: namespace) }) else { return nil }
        return PurgeFailure(.permanentTarget, "not allowed", status: 403, kinds: item.kinds, isShared: isShared)
    }

    /// How markers that arrive now are answered: one of each kind that the edge takes.
    ///
    /// - Returns: the answers, and when the worker hears of them.
    mutating func check(now: SimulatedTime) -> (EdgeCheck, SimulatedTime) {
        let kinds = [SelectorKinds.tags, .urls, .prefixes, .everything].filter { plan.profile.accepts.contains($0) }
        let quick = now + random.time(plan.latency)
        func all(_ failure: PurgeFailure?) -> EdgeCheck {
            EdgeCheck(answers: kinds.map { EdgeCheck.Answer($0, failure: failure) })
        }
        switch trouble(at: now) {
        case .down: return (all(PurgeFailure(.transient, "connection refused")), quick)
        case .silent, .losesAnswers:
            let late = random.time(2 * .second...10 * .second)
            return (all(PurgeFailure(.unknown, "no answer")), now + late)
        case .refusing: return (all(PurgeFailure(.permanentTarget, "wrong credentials", status: 401)), quick)
        case .throttling where random.chance(0.8):
            return (all(PurgeFailure(.throttled, "too many requests", retryAfter: pause())), quick)
        case .quota where random.chance(0.7): return (all(PurgeFailure(.quota, "too many in progress")), quick)
        case .flaky where random.chance(0.4): return (all(PurgeFailure(.transient, "stumbled")), quick)
        case nil, .slow, .uneven, .throttling, .quota, .flaky: break
        }
        let refusals = plan.refusals.filter { $0.from <= now && now < $0.until }
        let answers = kinds.map { kind in
            let isRefused = refusals.contains { refusal in
                if case .kinds(let refused) = refusal.scope { !refused.isDisjoint(with: kind) } else { false }
            }
            let failure = PurgeFailure(.permanentTarget, "not allowed", status: 403, kinds: kind)
            return EdgeCheck.Answer(kind, failure: isRefused ? failure : nil)
        }
        return (EdgeCheck(answers: answers), quick)
    }

    /// What a throttled answer says of the time to wait.
    private mutating func pause() -> Duration? {
        guard plan.namesOddPauses else {
            return random.chance(0.5) ? Duration.milliseconds(random.int(100...5_000)) : nil
        }
        return random.pick([
            nil, .zero, .seconds(-30), .nanoseconds(1), .milliseconds(1), .seconds(2), .seconds(1 << 40),
        ])
    }

    private mutating func fail(
        _ sentBatch: SentBatch, _ failure: PurgeFailure, after milliseconds: ClosedRange<Int>, _ now: SimulatedTime
    ) -> SimulatedTime {
        sentBatch.outcome = .each(Array(repeating: .failed(failure), count: sentBatch.batch.items.count))
        return now + SimulatedTime(random.int(milliseconds)) * .millisecond
    }

    /// Each item is a call of its own: the batch ends with the slowest of them.
    private mutating func makeUneven(_ sentBatch: SentBatch, _ now: SimulatedTime) -> SimulatedTime {
        let outcome = sentBatch.outcome
        var end = now + random.time(plan.latency)
        var outcomes: [ItemOutcome] = []
        for index in sentBatch.batch.items.indices {
            if random.chance(0.3) { end = max(end, now + random.time(.second...8 * .second)) }
            let failure = PurgeFailure(random.chance(0.5) ? .transient : .unknown, "call failed", status: 503)
            outcomes.append(random.chance(0.25) ? .failed(failure) : outcome[index])
        }
        sentBatch.outcome = .each(outcomes)
        return end
    }

    private mutating func stumble(_ sentBatch: SentBatch, _ now: SimulatedTime) -> SimulatedTime {
        let failure = PurgeFailure(random.chance(0.5) ? .transient : .unknown, "stumbled", status: 503)
        guard plan.answersPerItem, sentBatch.batch.items.count > 1 else {
            return fail(sentBatch, failure, after: 5...500, now)
        }
        let outcome = sentBatch.outcome
        sentBatch.outcome = .each(
            sentBatch.batch.items.indices.map { random.chance(0.5) ? .failed(failure) : outcome[$0] })
        return now + random.time(plan.latency)
    }
}
