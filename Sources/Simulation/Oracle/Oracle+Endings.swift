internal import Basics
internal import Invalidations

// Whether something has ended, and whether it ended rightly.
extension Oracle {
    /// Whether the view shows the end of the whole request.
    func hasEnded(_ request: RequestOracle) -> Bool {
        if request.isExcused { return true }
        guard request.invalidation != nil else { return request.isDeadLetterStored }
        if request.targets.isEmpty, !request.isCancel { return request.isDeadLetterStored && request.isReported }
        guard request.isReported else { return false }
        guard !request.isCancel else { return request.parts.allSatisfy { $0.state?.isTerminal ?? true } }
        return request.endingParts.allSatisfy { part in
            request.parts[part].state?.isTerminal ?? false && request.parts[part | 1].state?.isTerminal ?? true
        }
    }

    /// The parts that a record has to bring to an end.
    func parts(of record: LogRecord) -> [Int] {
        guard let number = record.request, !requests[number].isCancel else { return [] }
        guard let retry = record.retry, !retry.parts.isEmpty else { return requests[number].endingParts }
        return retry.parts.compactMap { part(named: $0.step.name(of: $0.edge)) }
    }

    /// Whether nothing of the record is left to do for a worker that reads behind it.
    func isFinished(_ record: LogRecord) -> Bool {
        guard let number = record.request else { return true }
        let request = requests[number]
        if request.isExcused || record.isTruncated { return true }
        guard request.invalidation != nil else { return request.isDeadLetterStored }
        if record.retry != nil, parts(of: record).allSatisfy({ isWithAnother($0, of: record, request) }) { return true }
        guard request.isReported else { return false }
        if request.targets.isEmpty, !request.isCancel { return request.isDeadLetterStored }
        return parts(of: record).allSatisfy { part in
            let oracle = request.parts[part]
            return isPurged(request, part: part) || oracle.isDeadLetterStored || oracle.retrySequence > record.sequence
                || isWithAnother(part, of: record, request)
                || oracle.state == .expired || oracle.state == .cancelled || oracle.state?.isSuccess ?? false
        }
    }

    /// Of copies of a retry record one is enough, or the record that it all began with, as long as that is not finished
    /// itself.
    private func isWithAnother(_ part: Int, of record: LogRecord, _ request: RequestOracle) -> Bool {
        guard record.retry != nil else { return false }
        if request.records.contains(where: { $0 !== record && $0.origin == record.origin && !$0.isKnownFinished }) {
            return true
        }
        return request.retryRecords.contains { other in
            other !== record && !other.isKnownFinished && other.origin == record.origin
                && parts(of: other).contains(part)
        }
    }

    /// Whether it is right to give the part up, as far as anybody can tell from outside.
    func mayBeDead(_ request: RequestOracle, part: Int) -> Bool {
        guard let invalidation = request.invalidation else { return false }
        let edge = part / 2
        if !canTakeAll(invalidation, edge: edge), scenario.edges[edge].profile.unsupported == .dead { return true }
        if isRefused(invalidation, edge: edge) || wasRefusedToTheEnd(request, edge: edge) { return true }
        let plan = scenario.edges[edge]
        guard request.isDistinct else { return !plan.isAlwaysWell }
        // Of covered requests, and of those that several workers tried, failures are known of the covering ones alone.
        if !plan.isAlwaysWell, request.parts[part].countedFailures == 0 { return true }
        return request.parts[part].countedFailures >= attemptsMax
            || scenario.settings.retryTiers.isEmpty && request.parts[part].failures > 0
    }

    /// Whether the edge may have refused it in every retry round: it has been on the last retry topic.
    private func wasRefusedToTheEnd(_ request: RequestOracle, edge: Int) -> Bool {
        guard scenario.edges[edge].hasRefusals else { return false }
        let lastTier = scenario.settings.retryTiers.count - 1
        return lastTier < 0 || request.retryRecords.contains { $0.source.tier == lastTier }
    }

    /// Whether the part has ended by the worker's clock, or may be taken to have.
    func isSettled(_ request: RequestOracle, part: Int, wall: Timestamp) -> Bool {
        guard let invalidation = request.invalidation else { return true }
        let oracle = request.parts[part]
        let edge = part / 2
        // What an edge fails with is nobody's failure where the item names nothing that is one request's alone.
        let isNameless = owner(of: selectors(of: invalidation, edge: edge)) == nil
        return request.isExcused || isPurged(request, part: part) || oracle.isDeadLetterMade || oracle.wasRefusedAlone
            || oracle.state?.isTerminal ?? false || request.cancelStoredAt != nil
            || isExpired(request, wall: wall) || selectors(of: invalidation, edge: edge).isEmpty
            || oracle.countedFailures >= attemptsMax
            || isRefused(invalidation, edge: edge) && oracle.failures > 0 || wasRefusedToTheEnd(request, edge: edge)
            || scenario.settings.retryTiers.isEmpty && oracle.failures > 0
            || isNameless && (isRefused(invalidation, edge: edge) || !scenario.edges[edge].isAlwaysWell)
    }

    func isExpired(_ request: RequestOracle, wall: Timestamp) -> Bool {
        guard let invalidation = request.invalidation else { return false }
        if let expiry = invalidation.expiresAt, expiry <= max(wall, invalidation.notBefore ?? wall) { return true }
        let age = scenario.settings.maximumAge.nanoseconds / .millisecond
        let begin = max(invalidation.effectiveAt, request.replay?.replayedAt ?? invalidation.effectiveAt)
        return begin + age <= wall
    }
}
