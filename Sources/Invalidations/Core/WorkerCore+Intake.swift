// From a record to its parts.
extension WorkerCore {
    /// Records of a partition that are looked through at once.
    private static let surveyRoom = 1_000

    /// How many more records of that partition it takes now. They wait where they are while this is zero: that is the
    /// backpressure.
    public func room(for source: SourcePartition) -> Int {
        guard !isDraining, let place = partitionPlaces[source] else { return 0 }
        if let survey = partitions[place].survey {
            // The second reading waits for the first one of all retry topics: only then every order is known.
            guard case .rewinding = survey, !isLearned(partition: source.partition) else { return Self.surveyRoom }
            return 0
        }
        guard !partitions[place].isTooWide, !isStopped(partition: place),
            partitions[place].ledger.span < spanMax(of: source), openBytes < settings.openBytesMax
        else { return 0 }
        guard source.tier != nil else {
            guard isSurveyed(partition: source.partition), strictOrder.count < settings.strictDeferredMax else {
                return 0
            }
            return max(0, bounds.openByPriority[source.topic] - openRecords)
        }
        guard parkedBytes < bounds.delayedBytesMax else { return 0 }
        return max(0, min(delayedPerPartition - partitions[place].parked, settings.openRecordsMax - openRecords))
    }

    private func spanMax(of source: SourcePartition) -> Int64 {
        source.tier == nil ? Int64(settings.blockedOffsetsMax) : bounds.retrySpanMax
    }

    mutating func take(_ record: IncomingRecord) {
        // Not assigned any more: whoever owns the partition has it.
        guard let partition = partitionPlaces[record.position.source], survey(record, partition: partition),
            let place = track(record, partition: partition)
        else { return }
        relieve(partition)
        switch record.content {
        case .failure(let error):
            records[place].identity = error.identity
            condemn(place, .undecodable, error.message)
            endPurging(place)
        case .success(let invalidation):
            if let cancelled = invalidation.cancels {
                cancel(cancelled, by: place)
            } else if record.kept != nil, record.position.source.tier != nil {
                startRetry(place)
            } else {
                startFirst(place, invalidation)
            }
        }
        if fault == .commitOnRead, records.isUsed(place) { finishEarly(place) }
    }

    /// - Returns: nil for a record that was read before, or finished by an earlier owner.
    private mutating func track(_ record: IncomingRecord, partition: Int) -> Int? {
        let invalidation = try? record.content.get()
        let place = records.insert(
            OpenRecord(
                position: record.position, origin: record.kept?.note.origin ?? record.position, partition: partition,
                ticket: 0, priority: priority(of: record), original: record.original, invalidation: invalidation,
                measure: SelectorMeasure(invalidation?.selectors),
                namespace: invalidation.map { namespaces.retain($0.namespace) }, startedAt: now.monotonic))
        switch partitions[partition].ledger.begin(record.position.offset, record: place) {
        case .begun(let ticket):
            records[place].ticket = ticket
            records[place].kept = record.kept
            if let id = invalidation?.id { requestIndex.insert(id, place) }
            if let namespace = records[place].namespace {
                partitions[partition].noteRead(record.position.offset, of: namespace)
            }
            openBytes += record.original.byteCount
            return place
        case .finishedBefore:
            partitions[partition].hasNews = true
            finishedSinceCommit += 1
        case .known: break
        }
        if let namespace = records[place].namespace { namespaces.release(namespace) }
        records.remove(place)
        return nil
    }

    /// Of the request.
    func id(_ place: Int) -> RequestID {
        guard let invalidation = records[place].invalidation else { preconditionFailure("only requests have an id") }
        return invalidation.id
    }

    /// That of the topic it was published on; what garbled headers leave unknown, the request itself says.
    func priority(of record: IncomingRecord) -> Int {
        let topic = (record.kept?.note.origin ?? record.position).source.topic
        if Priority.allCases.indices.contains(topic) { return topic }
        let own = (try? record.content.get())?.priority ?? .normal
        return Priority.allCases.firstIndex(of: own) ?? 0
    }

    /// A request that comes for the first time: every edge that must forget gets its part.
    private mutating func startFirst(_ place: Int, _ invalidation: Invalidation) {
        guard let namespace = records[place].namespace else { preconditionFailure("a request has a namespace") }
        let kinds = invalidation.selectors.kinds
        let edges = namespaces[namespace].edges
        records[place].targets.reserveCapacity(edges.count)
        var isSkipped = true
        for edge in edges {
            var target = Target(edge: edge, step: .first, name: desks[edge].name)
            if desks[edge].profile.isTarget(of: kinds) {
                isSkipped = false
            } else {
                (target.stage, target.state) = (.settled, .skipped)
            }
            records[place].targets.append(target)
        }
        // Where nobody is to be asked, that is said as a failure.
        if isSkipped { records[place].targets = [] }
        if let reason = unroutable(place, invalidation.namespace) {
            records[place].targets = []
            condemn(place, .unroutable, reason)
            return endPurging(place)
        }
        records[place].targetsLeft = records[place].targets.count { $0.stage != .settled }
        watch(place)
        guard !endsAtOnce(place, invalidation) else { return }
        openFirstLayer(place)
        for target in records[place].targets.indices where records[place].targets[target].stage == .waiting {
            startFirst(place, target)
        }
    }

    /// Why a request can go nowhere; nil when it can.
    private func unroutable(_ place: Int, _ namespace: Namespace) -> String? {
        let targets = records[place].targets
        guard !targets.isEmpty else {
            return "no edge serves namespace \(namespace.name) for these selectors: add it to an edge's namespaces"
        }
        guard targets.count > Limits.edges / 2 else { return nil }
        let steps = targets.reduce(0) { steps, target in steps + (target.edge.map { desks[$0].profile.steps } ?? 1) }
        guard steps > Limits.edges else { return nil }
        return "\(steps) edges, second purges included, serve namespace \(namespace.name); a request can have "
            + "\(Limits.edges): share them out among namespaces"
    }

    private mutating func startFirst(_ place: Int, _ target: Int) {
        guard let edge = records[place].targets[target].edge else { preconditionFailure("a first part has an edge") }
        if let failure = unsupported(place, by: edge, isAll: true) {
            return settle(place, target, .dead, failure: failure)
        }
        if canPutOff, let failure = refusal(place, edge) { return deferRefused(place, target, failure) }
        if canPutOff, let reason = obstacle(place, target, edge) {
            guard reason == .overflow, !holdsUpOthers(place, edge) else {
                return settle(place, target, .deferred, reason: reason)
            }
            // Nobody else waits for this edge: what is published stays in order, and the reading stops.
            stopReading(place, edge)
        }
        enqueue(place, target, edge)
    }

    /// What nobody needs any more is not sent: it is too late for it, or it was called off.
    ///
    /// - Returns: whether it ended.
    mutating func endsAtOnce(_ place: Int, _ invalidation: Invalidation) -> Bool {
        let state: EdgeState
        if !cancelled.isEmpty, cancelled.contains(invalidation) {
            state = .cancelled
        } else if isExpired(invalidation) {
            state = .expired
        } else {
            return false
        }
        settleRest(place, state)
        return true
    }

    mutating func settleRest(_ place: Int, _ state: EdgeState) {
        for target in records[place].targets.indices where records[place].targets[target].stage != .settled {
            settle(place, target, state)
        }
    }

    func isExpired(_ invalidation: Invalidation) -> Bool {
        guard fault != .ignoreExpiry else { return false }
        if let expiry = invalidation.expiresAt, expiry <= now.wall { return true }
        return invalidation.requestedAt + bounds.maximumAge <= now.wall
    }

    /// What the dead letter says of selectors that the edge has no means for; nil where it has.
    ///
    /// - Parameter isAll: only if the edge has no means for any of them.
    func unsupported(_ place: Int, by edge: Int, isAll: Bool) -> PurgeFailure? {
        let kinds = records[place].measure.kinds
        let takes = desks[edge].profile.takes
        guard !kinds.isSubset(of: takes), desks[edge].profile.unsupported == .dead,
            !isAll || kinds.isDisjoint(with: takes)
        else { return nil }
        let missing = kinds.subtracting(takes)
        return PurgeFailure(
            .permanentItem,
            "\(desks[edge].name) cannot purge \(missing.names); publish \(takes.names) for it, or set its `unsupported` "
                + "to skip")
    }

    /// A request of an earlier record is called off, and this one has nothing else to do.
    private mutating func cancel(_ id: RequestID, by place: Int) {
        guard let namespace = records[place].namespace, let invalidation = records[place].invalidation else {
            preconditionFailure("a cancellation has a namespace")
        }
        cancelled.insert(id, namespace: invalidation.namespace)
        let others = requestIndex.places(of: id, now: now.monotonic) {
            records.places.compactMap { other in records[other].invalidation.map { ($0.id, other) } }
        }
        for other in others where records.isUsed(other) && records[other].namespace == namespace && other != place {
            cancelWaiting(other)
        }
        records[place].targets = namespaces[namespace].edges.map {
            Target(edge: $0, step: .first, name: desks[$0].name)
        }
        records[place].targetsLeft = records[place].targets.count
        guard records[place].targetsLeft > 0 else {
            condemn(place, .unroutable, "no edge serves namespace \(invalidation.namespace.name)")
            return endPurging(place)
        }
        watch(place)
        settleRest(place, .absorbed)
    }

    /// A purge that is with the edge is not called back.
    private mutating func cancelWaiting(_ place: Int) {
        guard records[place].phase == .purging || records[place].phase == .parked else { return }
        for target in records[place].targets.indices {
            switch records[place].targets[target].stage {
            case .waiting, .held, .queued: settle(place, target, .cancelled)
            case .sending, .settled: break
            }
        }
    }
}
