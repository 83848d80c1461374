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
    mutating func take(_ flight: Flight, now: SimulatedTime) -> SimulatedTime {
        flight.startedAt = now
        flight.outcome = purge(flight.batch)
        switch trouble(at: now) {
        case nil:
            if plan.profile.limits != EdgeLimits(), random.chance(0.05) { flight.rest = .milliseconds(500) }
            return now + random.time(plan.latency)
        case .slow:
            return now + random.time(2 * .second...30 * .second)
        case .down:
            return fail(flight, PurgeFailure(.transient, "connection refused"), after: 1...50, now)
        case .silent, .losesAnswers:
            return fail(flight, PurgeFailure(.unknown, "no answer"), after: 2_000...10_000, now)
        case .refusing:
            return fail(flight, PurgeFailure(.permanentTarget, "wrong credentials", status: 401), after: 5...50, now)
        case .throttling where random.chance(0.8):
            let pause = random.chance(0.5) ? Duration.milliseconds(random.int(100...5_000)) : nil
            return fail(
                flight, PurgeFailure(.throttled, "too many requests", status: 429, retryAfter: pause), after: 5...50,
                now)
        case .quota where random.chance(0.7):
            return fail(flight, PurgeFailure(.quota, "too many purges in progress", status: 507), after: 5...50, now)
        case .flaky where random.chance(0.4):
            return stumble(flight, now)
        case .throttling, .quota, .flaky:
            return now + random.time(plan.latency)
        }
    }

    func trouble(at time: SimulatedTime) -> Trouble? {
        guard time < chaosEnd else { return nil }
        return plan.spells.first { $0.from <= time && time < $0.until }?.trouble
    }

    /// What a healthy edge says: all well but for what it refuses.
    private func purge(_ batch: PurgeBatch) -> PurgeOutcome {
        guard !plan.refuses.isEmpty else { return .acknowledged }
        let refused = batch.items.map { item in item.singles.contains { plan.refuses.contains($0.text) } }
        guard refused.contains(true) else { return .acknowledged }
        let failure = ItemOutcome.failed(PurgeFailure(.permanentItem, "not to be purged", status: 400))
        return .each(refused.map { $0 || !plan.answersPerItem ? failure : .acknowledged(objects: nil) })
    }

    private mutating func fail(
        _ flight: Flight, _ failure: PurgeFailure, after milliseconds: ClosedRange<Int>, _ now: SimulatedTime
    ) -> SimulatedTime {
        flight.outcome = .each(Array(repeating: .failed(failure), count: flight.batch.items.count))
        return now + SimulatedTime(random.int(milliseconds)) * .millisecond
    }

    private mutating func stumble(_ flight: Flight, _ now: SimulatedTime) -> SimulatedTime {
        let failure = PurgeFailure(random.chance(0.5) ? .transient : .unknown, "stumbled", status: 503)
        guard plan.answersPerItem, flight.batch.items.count > 1 else {
            return fail(flight, failure, after: 5...500, now)
        }
        let outcome = flight.outcome
        flight.outcome = .each(
            flight.batch.items.indices.map { random.chance(0.5) ? .failed(failure) : outcome[$0] })
        return now + random.time(plan.latency)
    }
}
