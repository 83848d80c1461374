internal import Basics
internal import Invalidations

/// The truth about a run, as only the simulation can know it: checkers compare with it what workers say and do.
final class Oracle {
    let scenario: Scenario
    private(set) var requests: [RequestOracle]
    var evidence = Evidence()
    private var numbers: [RequestAttempt: Int] = [:]
    /// Of distinct requests, by anything that they name.
    private var marks: [String: Int] = [:]
    private var partsByName: [String: Int] = [:]

    init(_ scenario: Scenario, _ publications: [Publication]) {
        self.scenario = scenario
        let edges = scenario.edges
        requests = publications.map { publication in
            let plan = scenario.namespaces[publication.namespace]
            let targets = publication.invalidation.map { Oracle.targets(of: $0, edges) } ?? []
            return RequestOracle(
                publication, isDistinct: plan.isDistinct, isStrict: plan.kind == .strict, targets: targets,
                edges: edges.count)
        }
        for request in requests {
            guard let invalidation = request.invalidation else { continue }
            numbers[RequestAttempt(invalidation.id)] = request.number
            guard request.isDistinct, invalidation.cancels == nil else { continue }
            for (_, text) in invalidation.selectors.singles where !text.contains("poison") {
                marks[text] = request.number
            }
        }
        for (slot, edge) in edges.enumerated() {
            for step in PurgeStep.allCases {
                partsByName[step.name(of: edge.profile.name)] = Oracle.part(slot, step)
            }
        }
    }

    /// The place of an edge's step among the parts of a request.
    static func part(_ edge: Int, _ step: PurgeStep) -> Int { edge * 2 + (step == .first ? 0 : 1) }

    func part(named name: String) -> Int? { partsByName[name] }

    func name(ofPart part: Int) -> String {
        let step: PurgeStep = part % 2 == 0 ? .first : .second
        return step.name(of: scenario.edges[part / 2].profile.name)
    }

    /// The publisher's own try.
    func request(_ id: RequestID) -> RequestOracle? { request(RequestAttempt(id)) }

    func request(_ attempt: RequestAttempt) -> RequestOracle? { numbers[attempt].map { requests[$0] } }

    /// One more try of a request, which a run asks for.
    ///
    /// - Parameter parts: those that it is for.
    func addReplay(of earlier: RequestOracle, _ replay: Replay, parts: [Int]) -> RequestOracle? {
        guard let invalidation = earlier.invalidation else { return nil }
        let attempt = RequestAttempt(invalidation.id, replay)
        guard numbers[attempt] == nil else { return nil }
        let request = RequestOracle(
            replaying: earlier, replay, number: requests.count, parts: parts, edges: scenario.edges.count)
        for other in requests where other.invalidation?.id == invalidation.id {
            other.isReplayed = true
            if replay.statusID == other.replay?.statusID { other.superseded.formUnion(parts) }
        }
        requests.append(request)
        numbers[attempt] = request.number
        return request
    }

    /// Whose selectors those are; nil where several requests name them.
    func owner(of item: Selectors) -> RequestOracle? {
        for list in [item.tags, item.urls, item.prefixes] {
            for text in list {
                if let number = marks[text] { return requests[number] }
            }
        }
        return nil
    }

    /// What the edge has to purge of it.
    func selectors(of invalidation: Invalidation, edge: Int) -> Selectors {
        invalidation.selectors.only(scenario.edges[edge].profile.accepts)
    }

    /// Whether the edge has purged all that it can of the request, hard enough, by purges that began late enough.
    func isPurged(_ request: RequestOracle, part: Int) -> Bool {
        guard let invalidation = request.invalidation else { return false }
        let selectors = selectors(of: invalidation, edge: part / 2)
        guard !selectors.isEmpty, let since = earliestStart(request, part: part) else { return false }
        return evidence.covers(
            selectors, invalidation.mode, edge: part / 2, namespace: invalidation.namespace, since: since)
    }

    /// From when on a purge counts for the part; nil while no purge can.
    private func earliestStart(_ request: RequestOracle, part: Int) -> SimulatedTime? {
        guard part % 2 == 1 else {
            guard let notBefore = request.invalidation?.notBefore else { return request.madeAt }
            // By the clock of the worker that waited.
            let skew = scenario.settings.clockSkew.nanoseconds + .millisecond
            return max(request.madeAt, Calendar.time(of: notBefore) - skew)
        }
        // A second purge counts from a while after the first one, which other requests' purges may have been.
        let repeatPause = scenario.edges[part / 2].profile.repeatsAfter?.nanoseconds ?? 0
        let first = request.parts[part - 1].firstAcknowledgedAt ?? request.madeAt
        return first + repeatPause - scenario.settings.clockSkew.nanoseconds - 2 * .millisecond
    }

    /// Whether the edge can purge everything that the request names.
    func canTakeAll(_ invalidation: Invalidation, edge: Int) -> Bool {
        invalidation.selectors.kinds.isSubset(of: scenario.edges[edge].profile.accepts)
    }

    /// Whether the edge refuses something of the request, for good.
    func isRefused(_ invalidation: Invalidation, edge: Int) -> Bool {
        let refuses = scenario.edges[edge].refuses
        guard !refuses.isEmpty else { return false }
        return selectors(of: invalidation, edge: edge).singles.contains { refuses.contains($0.text) }
    }

    /// Attempts after which a request may be given up.
    var attemptsMax: Int { scenario.settings.retry.attemptsMax * (scenario.settings.retryTiers.count + 1) }

    private static func targets(of invalidation: Invalidation, _ edges: [EdgePlan]) -> [Int] {
        guard invalidation.cancels == nil else { return [] }
        return edges.indices.filter { slot in
            let profile = edges[slot].profile
            return profile.serves(invalidation.namespace) && profile.isTarget(of: invalidation.selectors)
        }
    }
}
