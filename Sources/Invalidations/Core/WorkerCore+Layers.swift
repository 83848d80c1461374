internal import Basics

// Layers and fan-out: which edges of a request may be sent to at the same time.
extension WorkerCore {
    /// Whether a part may be sent, as far as the layers of the request's edges go.
    func isLayerOpen(_ index: Int, _ target: Int, _ edge: Int) -> Bool {
        guard hasLayers, records[index].request[target].step == .first else { return true }
        return records[index].request.isLayerOpen(runtimes[edge].profile.layer)
    }

    /// How far an outer cache that is deferred keeps from inner ones, in milliseconds: more than its delay, because
    /// another worker's clock may tell when it is over.
    func layerDistance(_ edge: Int) -> Int64 {
        guard hasLayers, runtimes[edge].profile.layer > 0 else { return 0 }
        return runtimes[edge].profile.layerDelay.milliseconds + bounds.clockSkew
    }

    /// Whether so few of the request's edges are being purged that this one may be, too. Asked when it is first in its
    /// lane, and not before: what waits for others that only wait themselves might wait for ever.
    func isFanOutOpen(_ index: Int, _ edge: Int) -> Bool {
        guard let most = runtimes[edge].profile.fanOutMax else { return true }
        let underWay = records[index].request.targets.reduce(0) { count, other in
            guard other.stage == .sending, let edge = other.edge, runtimes[edge].profile.fanOutMax != nil else {
                return count
            }
            return count + 1
        }
        return underWay < most
    }

    mutating func openFirstLayer(_ index: Int) {
        guard hasLayers else { return }
        records[index].request.openFirstLayer(lowestLayer(index) ?? 0)
    }

    private func lowestLayer(_ index: Int) -> Int? {
        var lowest: Int?
        // A second purge comes in its own time: no outer cache waits for it.
        for target in records[index].request.targets where target.stage != .settled && target.step == .first {
            guard let edge = target.edge else { continue }
            lowest = min(lowest ?? .max, runtimes[edge].profile.layer)
        }
        return lowest
    }

    /// When all inner layers have settled, the next one opens after its delay.
    mutating func openNextLayer(_ index: Int) {
        guard let lowest = lowestLayer(index), lowest > records[index].request.layer.number else { return }
        let delay = records[index].request.targets.reduce(Duration.zero) { delay, target in
            guard target.stage != .settled, let edge = target.edge else { return delay }
            let profile = runtimes[edge].profile
            return profile.layer == lowest ? max(delay, profile.layerDelay) : delay
        }
        records[index].request.openLayer(lowest, at: now.monotonic + delay.nanoseconds)
        remind(.layer(records.key(index)), after: delay)
    }

    /// An outer cache would fill itself from the inner one that was not purged: it waits for it.
    mutating func deferOuterLayers(_ index: Int, than layer: Int) {
        for target in records[index].request.targets.indices where records[index].request[target].stage != .settled {
            guard let edge = records[index].request[target].edge, runtimes[edge].profile.layer > layer,
                records[index].request[target].stage != .sending
            else { continue }
            consequences.append(.deferPart(records.partKey(index, target)))
        }
    }

    mutating func openLayer(_ key: PoolKey) {
        guard records.holds(key), records[key.index].request.openLayer(ifDueBy: now.monotonic) else { return }
        releaseHeld(key.index)
        for target in records[key.index].request.targets.indices
        where records[key.index].request[target].stage == .waiting {
            startWaiting(key.index, target, isAhead: true)
            workOffConsequences()
        }
    }

    mutating func releaseHeld(_ index: Int) {
        for target in records[index].request.targets.indices where records[index].request[target].stage == .held {
            guard let edge = records[index].request[target].edge, isLayerOpen(index, target, edge),
                isFanOutOpen(index, edge), let lane = laneOf(index, edge)
            else { continue }
            records[index].request.release(target)
            laneChanged(lane)
        }
    }
}
