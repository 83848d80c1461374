// What a lane sends, and when.
extension WorkerCore {
    /// Sends what waits, as one batch; a lane with nothing to say goes.
    mutating func sendNext(_ lane: Int, now: Instant, actions: inout [WorkerAction]) {
        precondition(lanes[lane].state == .idle && lanes[lane].inFlight.isEmpty, "one purge in flight a lane")
        var batch = PurgeBatch(namespace: namespaces[lanes[lane].namespace].namespace, mode: .hard, items: [])
        fill(&batch, from: lane, now: now, actions: &actions)
        guard !batch.items.isEmpty else { return removeIfIdle(lane) }
        lanes[lane].state = .inFlight
        actions.append(.purge(PurgeNumber(lane), edge: lanes[lane].edge, batch))
    }

    /// The pause after a failure is over.
    mutating func wake(_ lane: Int, now: Instant, actions: inout [WorkerAction]) {
        precondition(lanes[lane].state == .resting, "a lane that does not rest was woken")
        lanes[lane].state = .idle
        sendNext(lane, now: now, actions: &actions)
    }

    /// Moves the requests from the lane's front that one purge can carry into the batch.
    private mutating func fill(_ batch: inout PurgeBatch, from lane: Int, now: Instant, actions: inout [WorkerAction]) {
        let profile = edges[lanes[lane].edge]
        var (items, bytes) = (0, 0)
        while let entry = lanes[lane].waiting.first {
            guard let invalidation = records[entry.record].invalidation else {
                preconditionFailure("only requests wait in lanes")
            }
            if let expiry = invalidation.expiresAt, expiry <= now.wall {
                _ = lanes[lane].waiting.popFirst()
                settle(entry, .expired, nil, now: now, actions: &actions)
                continue
            }
            let part = invalidation.selectors.only(profile.takes)
            if part.isEmpty {
                _ = lanes[lane].waiting.popFirst()
                settle(entry, .dead, unsupported(by: profile, invalidation), now: now, actions: &actions)
                continue
            }
            if batch.items.isEmpty {
                batch.mode = invalidation.mode
            } else if batch.mode != invalidation.mode || entry.travelsAlone || lanes[lane].inFlight[0].travelsAlone
                || items + part.count > profile.batchItemsMax || bytes + part.byteCount > profile.batchBytesMax
            {
                return
            }
            _ = lanes[lane].waiting.popFirst()
            items += part.count
            bytes += part.byteCount
            records[entry.record].targets[entry.target].state = .sending
            lanes[lane].inFlight.append(entry)
            batch.items.append(part)
        }
    }

    /// What the dead letter says of selectors that the edge has no means for.
    func unsupported(by profile: EdgeProfile, _ invalidation: Invalidation) -> PurgeFailure {
        let kinds = invalidation.selectors.kinds.subtracting(profile.takes)
        return PurgeFailure(
            .permanentItem,
            "\(profile.name) cannot purge \(kinds.names); publish urls for it, or set its `unsupported` to skip")
    }

    mutating func removeIfIdle(_ lane: Int) {
        guard lanes[lane].state == .idle, lanes[lane].waiting.isEmpty else { return }
        let (namespace, edge) = (lanes[lane].namespace, lanes[lane].edge)
        if let column = namespaces[namespace].edges.firstIndex(of: edge) { namespaces[namespace].lanes[column] = nil }
        lanes.remove(lane)
        namespaces.release(namespace)
    }
}
