internal import Basics

// Backpressure: when the reading stops for what is full, and when the part of a slow edge is deferred instead.
//
// A deferred request loses its position in the order, so it is deferred only for the sake of another edge that has
// nearly run out of work, or of another namespace of the partition. A backlog that all edges purge equally fast defers
// nothing, however long it is: it waits in Kafka.
extension WorkerCore {
    /// How long the answer to the question for starved edges is good: every record may ask.
    private static let lookInterval = Duration.milliseconds(100).nanoseconds
    /// Records of a partition among which another namespace counts as one that waits.
    private static let neighbourhood: Int64 = 4_096

    /// Records of a partition that a recovery scan reads at once.
    private static let recoveryScanCapacity = 1_000

    /// How many more records of that partition are accepted now. While this is zero they wait in Kafka.
    public func capacity(for source: SourcePartition) -> Int {
        guard !isDraining, let index = partitionIndices[source] else { return 0 }
        if let recoveryScan = partitions[index].recoveryScan {
            // The second reading waits for the first one of all retry topics: only then every order is known.
            guard case .rewinding = recoveryScan, !isBacklogKnown(partition: source.partition) else {
                return Self.recoveryScanCapacity
            }
            return 0
        }
        guard !partitions[index].isTooWide, !isStopped(partition: index),
            partitions[index].offsets.span < spanMax(of: source), records.openBytes < settings.openBytesMax
        else { return 0 }
        guard !source.isInvalidation else {
            guard isRecoveryScanned(partition: source.partition), strictSequencer.count < settings.strictDeferredMax
            else {
                return 0
            }
            return max(0, bounds.openByPriority[source.topic] - openRecords)
        }
        guard records.delayedBytes < bounds.delayedBytesMax else { return 0 }
        return max(0, min(delayedPerPartition - partitions[index].delayed, settings.openRecordsMax - openRecords))
    }

    private func spanMax(of source: SourcePartition) -> Int64 {
        source.isInvalidation ? Int64(settings.blockedOffsetsMax) : bounds.retrySpanMax
    }

    /// Edges that have nearly run out of work although they take it and had some lately: the first two.
    struct StarvedEdges {
        var first: Int?
        var second: Int?
        var lookedAt: Int64 = .min / 2
    }

    /// Whether an edge could do more if the records behind those that are in the way were read.
    ///
    /// - Parameter edge: one that does not count.
    mutating func hasStarvedEdge(besides edge: Int? = nil) -> Bool {
        // What is about to be deferred for the sake of others is worth a second look.
        if now.monotonic - starvedEdges.lookedAt >= Self.lookInterval || edge != nil && !areStillStarved {
            lookForStarvedEdges()
        }
        guard let first = starvedEdges.first else { return false }
        return first != edge || starvedEdges.second != nil
    }

    /// Work may have come since: a burst reaches all edges at once, and none of it is deferred for their sake.
    private var areStillStarved: Bool {
        if let first = starvedEdges.first, !isStarved(first) { return false }
        if let second = starvedEdges.second, !isStarved(second) { return false }
        return true
    }

    private mutating func lookForStarvedEdges() {
        starvedEdges = StarvedEdges(lookedAt: now.monotonic)
        for edge in runtimes.indices where isStarved(edge) {
            guard starvedEdges.first != nil else {
                starvedEdges.first = edge
                continue
            }
            starvedEdges.second = edge
            return
        }
    }

    private func isStarved(_ edge: Int) -> Bool {
        guard case .upTo(let most) = runtimes[edge].admission(now: now.monotonic),
            runtimes[edge].isClosed
        else { return false }
        return queues[edge].parts < bounds.starvedBelow && now.monotonic - queues[edge].lastWorkAt < bounds.recently
            && queues[edge].inFlight < most && queues[edge].ready.count <= 1
            && earliest(edge, Self.leastCost) <= now.monotonic
    }

    private static let leastCost = PurgeCost(items: 1, singles: 0, bytes: 1, callItemsMax: 1)

    /// Whether the record stands still, and does not only wait for its turn: an edge that it has reached could do more,
    /// or the batch that its lane has sent is not answered.
    mutating func isInTheWay(_ index: Int) -> Bool {
        guard hasStarvedEdge() else { return false }
        let targets = records[index].request.targets.filter { $0.stage != .settled }
        let starved = [starvedEdges.first, starvedEdges.second].compactMap(\.self)
        if starved.contains(where: { edge in !targets.contains { $0.edge == edge } }) { return true }
        return targets.contains { target in
            guard let edge = target.edge, let lane = laneOf(index, edge) else { return true }
            return switch queues[lane: lane].state {
            case .inFlight(let sentAt): now.monotonic - sentAt >= Self.slow
            case .ready, .lingering: false
            case .idle, .paused: true
            }
        }
    }

    /// What has been with an edge for so long is not about to be answered.
    private static let slow = Duration.seconds(1).nanoseconds

    /// Whether somebody else would wait if the reading stopped because the lane or the edge is full.
    mutating func holdsUpOthers(_ index: Int, _ edge: Int) -> Bool {
        guard let lane = laneOf(index, edge), isFull(lane: lane), let namespace = records[index].namespace else {
            return hasStarvedEdge(besides: edge)
        }
        return hasEmptyLane(index, besides: edge)
            || hasNeighbour(of: namespace, at: edge, partition: records[index].partition)
    }

    /// Whether another edge of the request has nearly nothing of its namespace left.
    private func hasEmptyLane(_ index: Int, besides edge: Int) -> Bool {
        records[index].request.targets.contains { target in
            guard let other = target.edge, other != edge, target.state != .skipped,
                runtimes[other].isClosed,
                !runtimes[other].isThrottled(now: now.monotonic)
            else { return false }
            return laneOf(index, other).map { queues[lane: $0].requests <= max(1, settings.laneRequestsMax / 8) }
                ?? true
        }
    }

    /// Whether another namespace, which has no backlog of its own, has records among those of this one.
    private func hasNeighbour(of namespace: Int, at edge: Int, partition: Int) -> Bool {
        let offsets = partitions[partition].offsets
        guard let other = partitions[partition].lastRead(besides: namespace),
            offsets.next - other.offset < Self.neighbourhood
        else { return false }
        guard namespaces.column(other.namespace, edge: edge) != nil else { return true }
        return !Priority.allCases.indices.contains { priority in
            namespaces.lane(other.namespace, edge: edge, priority: priority).map { isHalfFull(lane: $0) } ?? false
        }
    }

    func isFull(lane: Int) -> Bool {
        queues[lane: lane].requests >= settings.laneRequestsMax || queues[lane: lane].bytes >= settings.laneBytesMax
    }

    private func isHalfFull(lane: Int) -> Bool {
        queues[lane: lane].requests >= settings.laneRequestsMax / 2
            || queues[lane: lane].bytes >= settings.laneBytesMax / 2
    }

    /// The record's partition is read on when the full lane has capacity again. All parts of an edge together are
    /// bounded by the open records.
    mutating func stopReading(_ index: Int, _ edge: Int) {
        guard let lane = laneOf(index, edge), isFull(lane: lane) else { return }
        partitions[records[index].partition].fullLane = queues.laneKey(lane)
    }

    /// Whether the partition waits for a lane.
    func isStopped(partition: Int) -> Bool {
        guard let key = partitions[partition].fullLane, queues.holds(lane: key) else { return false }
        let lane = key.index
        return queues[lane: lane].requests >= max(1, settings.laneRequestsMax * 3 / 4)
            || queues[lane: lane].bytes >= settings.laneBytesMax * 3 / 4
    }
}
