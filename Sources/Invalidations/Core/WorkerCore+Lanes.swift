// Lanes: when a lane gets in line, pauses, lingers, or goes.
extension WorkerCore {
    /// Something in the lane has changed: it gets in line if its first request may be sent, and goes if it is empty.
    mutating func laneChanged(_ lane: Int) {
        guard queues.isUsed(lane: lane) else { return }
        if queues[lane: lane].state == .ready { return queues.schedule(queues[lane: lane].edge) }
        guard queues[lane: lane].canChange else { return }
        guard let front = front(of: lane) else { return leaveIfEmpty(lane) }
        let pausedUntil = namespaces.pausedUntil(
            queues[lane: lane].namespace, edge: queues[lane: lane].edge)
        if pausedUntil > now.monotonic {
            return pause(lane, for: .nanoseconds(pausedUntil - now.monotonic))
        }
        if lingers(lane, front) { return }
        queues.becomeReady(lane)
    }

    /// The first request that waits, if it may be sent. What has ended is skipped.
    mutating func front(of lane: Int) -> LaneEntry? {
        while let entry = queues[lane: lane].entries.first {
            guard isInLane(entry.part) else {
                _ = queues.removeFirst(of: lane)
                continue
            }
            let (record, target) = (entry.part.record.index, Int(entry.part.target))
            guard records[record].request[target].stage == .queued else { return nil }
            guard isFanOutOpen(record, queues[lane: lane].edge) else {
                records[record].request.hold(target)
                return nil
            }
            return entry
        }
        return nil
    }

    mutating func leaveIfEmpty(_ lane: Int) {
        guard queues[lane: lane].canChange, queues[lane: lane].requests == 0 else { return dropEnded(lane) }
        namespaces.removeLane(
            queues[lane: lane].namespace, edge: queues[lane: lane].edge, priority: queues[lane: lane].priority)
        queues.closeLane(lane)
    }

    /// A lane that stands still while its requests end elsewhere must not fill with their entries.
    private mutating func dropEnded(_ lane: Int) {
        guard queues[lane: lane].entries.count > 2 * queues[lane: lane].requests + 64 else { return }
        dropLeft(lane)
    }

    /// Drops the entries of parts that have left the lane. A delayed part that comes back must not be found at its old
    /// position.
    mutating func dropLeft(_ lane: Int) {
        for _ in 0..<queues[lane: lane].entries.count {
            guard let entry = queues[lane: lane].entries.first else { return }
            if isInLane(entry.part) { queues.rotate(lane) } else { _ = queues.removeFirst(of: lane) }
        }
    }

    /// Whether the lane waits a moment for more to fill its batch with.
    private mutating func lingers(_ lane: Int, _ front: LaneEntry) -> Bool {
        let edge = queues[lane: lane].edge
        guard runtimes[edge].lingers, queues[lane: lane].requests < runtimes[edge].profile.batchItemsMax,
            queues[lane: lane].bytes < runtimes[edge].profile.batchBytesMax
        else { return false }
        guard queues[lane: lane].state == .idle else { return true }
        // What was tried already has waited long enough.
        guard front.attempts == 0, front.companionsMax == .max else { return false }
        let wake = queues.linger(lane)
        remind(.lane(lane, wake: wake), after: runtimes[edge].profile.linger)
        return true
    }

    mutating func pause(_ lane: Int, for pause: Duration) {
        let wake = queues.pause(lane)
        remind(.lane(lane, wake: wake), after: pause)
    }

    /// A rest or a linger is over.
    mutating func wakeLane(_ lane: Int, _ wake: UInt32) {
        guard queues.isUsed(lane: lane), queues[lane: lane].waits(for: wake) else { return }
        switch queues[lane: lane].state {
        case .paused:
            queues.becomeIdle(lane)
            laneChanged(lane)
        case .lingering:
            guard front(of: lane) != nil else {
                queues.becomeIdle(lane)
                return leaveIfEmpty(lane)
            }
            queues.becomeReady(lane)
        case .idle, .ready, .inFlight: break
        }
    }
}
