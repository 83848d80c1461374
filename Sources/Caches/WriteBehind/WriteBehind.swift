internal import Basics
internal import Invalidations

/// Write-behind of one partition: the newest write of each key, in order, until the database has it.
///
/// One batch is in flight at a time, and a key is in it once, so writes of a key cannot overtake each other. A write
/// leaves when the database has it, or the dead-letter topic.
public struct WriteBehind: Sendable {
    private enum Stage {
        case queued
        /// Part of a batch that was refused, and is tried in smaller parts.
        case suspect
        case inFlight
        /// The dead-letter topic does not have it yet.
        case dying(reason: String)
    }

    /// The newest write of a key, and of those that it replaced the oldest.
    private struct Node {
        var write: PendingWrite
        var oldest: LogVersion
        var since: CacheTime
        var writes: Int
        var bytes: Int
        var stage = Stage.queued
    }

    private struct InFlight {
        var number: UInt64
        var ids: [UInt64]
        var isSuspect: Bool
    }

    private let settings: WriteSettings
    /// By a number that rises with the oldest version.
    private var nodes: [UInt64: Node] = [:]
    private var order = RingBuffer<UInt64>()
    private var lastNode: UInt64 = 0
    /// The node that a newer write of the key changes: it is queued or suspect.
    private var open: [CacheAddress: UInt64] = [:]
    private var sent: [CacheAddress: UInt64] = [:]
    private var dying: [LogVersion: UInt64] = [:]
    private var urgent: Set<UInt64> = []
    private var suspects: [[UInt64]] = []
    private var inFlight: InFlight?
    private var lastBatch: UInt64 = 0
    private var latest: LogVersion?
    /// Writes of queued nodes.
    private var queuedWrites = 0
    private var bytes = 0
    private var admittedBytes = 0
    private var admittedCount = 0
    private var pausedUntil: CacheTime?
    private var backoff: Backoff
    private var deadShare: DeadShare
    private var deadRetryAt: CacheTime?
    private var probes = 0
    private var lastWake = CacheTime.never
    /// Writes that a newer one of their key has replaced before a flush.
    package private(set) var coalescedCount = 0
    public private(set) var isRestoring: Bool
    public private(set) var isHalted = false
    public private(set) var isFenced = false

    /// - Parameter isRestoring: the log is still to be read up to its end.
    public init(_ settings: WriteSettings = WriteSettings(), isRestoring: Bool) {
        self.settings = settings
        self.isRestoring = isRestoring
        backoff = Backoff(first: settings.pauseFirst, longest: settings.pauseLongest)
        deadShare = DeadShare(min: settings.deadMin, window: settings.deadWindow)
    }

    /// Writes that the database still needs, the newest of each key.
    public var count: Int { nodes.count }
    package func count(where isMeant: (CacheAddress) -> Bool) -> Int {
        nodes.values.count { isMeant($0.write.address) }
    }

    public var byteCount: Int { bytes + admittedBytes }

    /// How long the oldest write has waited.
    public func oldestAge(_ now: CacheTime) -> Duration {
        firstNode { _ in true }.flatMap { nodes[$0] }.map { now.since($0.since) } ?? .zero
    }

    /// The newest write of the key that the database does not have. It wins over cache and origin.
    public func pending(_ address: CacheAddress) -> PendingWrite? {
        if let id = open[address] ?? sent[address] { return nodes[id]?.write }
        guard !dying.isEmpty else { return nil }
        return dying.filter { nodes[$0.value]?.write.address == address }.max { $0.key < $1.key }
            .flatMap { nodes[$0.value]?.write }
    }

    /// Keys whose newest write is not on its way to the database.
    package func waiting(where isMeant: (PendingWrite) -> Bool) -> [CacheAddress] {
        open.compactMap { address, id in nodes[id].map { isMeant($0.write) } == true ? address : nil }
    }

    /// Sets bytes aside for a write that is on its way to the log.
    ///
    /// - Returns: when to ask once more, where there is no capacity for it; nil where it is admitted.
    public mutating func admit(_ write: PendingWrite, _ now: CacheTime) -> Duration? {
        let bytes = write.byteCount
        guard !isFenced, !isRestoring, nodes.count + admittedCount < settings.keysMax,
            byteCount + bytes <= settings.bytesMax
        else { return max(.seconds(1), pausedUntil?.since(now) ?? .zero) }
        admittedBytes += bytes
        admittedCount += 1
        return nil
    }

    public mutating func handle(_ event: WriteEvent, _ now: CacheTime) -> [WriteAction] {
        var actions: [WriteAction] = []
        switch event {
        case .written(let write, let isAdmitted):
            if isAdmitted { release(write.byteCount) }
            add(write, now)
        case .restored: isRestoring = false
        case .abandoned(let bytes): release(bytes)
        case .invalidated(let address):
            // What is on its way may come back unwritten.
            if let id = open[address] ?? sent[address] { urgent.insert(id) }
        case .flushed(let batch, let result): end(batch, result, now, &actions)
        case .deadLettered(let address, let version, let isStored):
            endDeadLetter(address, version, isStored, now, &actions)
        case .timer: break
        }
        retryDeadLetters(now, &actions)
        flushWhatIsDue(now, &actions)
        wake(now, &actions)
        return actions
    }

    private mutating func release(_ bytes: Int) {
        admittedBytes = max(0, admittedBytes - bytes)
        admittedCount = max(0, admittedCount - 1)
    }

    // MARK: Coming in

    private mutating func add(_ write: PendingWrite, _ now: CacheTime) {
        // The log may be read once more.
        if let latest, write.version <= latest { return }
        latest = write.version
        if let id = open[write.address], var node = nodes[id] {
            coalescedCount += 1
            bytes += write.byteCount - node.bytes
            node.write = write
            node.bytes = write.byteCount
            node.writes += 1
            if case .queued = node.stage { queuedWrites += 1 }
            nodes[id] = node
            return
        }
        lastNode += 1
        nodes[lastNode] = Node(
            write: write, oldest: write.version, since: now, writes: 1, bytes: write.byteCount)
        order.append(lastNode)
        open[write.address] = lastNode
        queuedWrites += 1
        bytes += write.byteCount
    }

    // MARK: Going out

    private mutating func flushWhatIsDue(_ now: CacheTime, _ actions: inout [WriteAction]) {
        guard inFlight == nil, !isFenced, !isRestoring else { return }
        if let until = pausedUntil {
            guard now >= until else { return }
            pausedUntil = nil
        }
        while let group = suspects.popLast() {
            let ids = group.filter { id in if case .suspect = nodes[id]?.stage { true } else { false } }
            guard !ids.isEmpty else { continue }
            return send(ids, isSuspect: true, &actions)
        }
        guard isDue(now) else { return }
        let ids = isHalted ? probe() : batch()
        if !ids.isEmpty { send(ids, isSuspect: false, &actions) }
    }

    private func isDue(_ now: CacheTime) -> Bool {
        guard queuedWrites > 0 else { return false }
        if isHalted || queuedWrites >= settings.countMax || !urgent.isEmpty { return true }
        return firstNode(isQueued).flatMap { nodes[$0] }.map { $0.since + settings.delay <= now } ?? false
    }

    /// What somebody waits for, then the oldest.
    private mutating func batch() -> [UInt64] {
        var ids = urgent.filter { nodes[$0].map(isQueued) ?? false }.sorted()
        urgent.removeAll()
        // Those that do not fit are urgent still.
        urgent.formUnion(ids.dropFirst(settings.batchMax))
        ids = Array(ids.prefix(settings.batchMax))
        let chosen = Set(ids)
        var index = 0
        while ids.count < settings.batchMax, index < order.count {
            let id = order[index]
            if !chosen.contains(id), let node = nodes[id], isQueued(node) { ids.append(id) }
            index += 1
        }
        return ids
    }

    /// One write after the other, all in turn: any of them may itself be wrong.
    private mutating func probe() -> [UInt64] {
        var candidates: [UInt64] = []
        for index in 0..<order.count {
            if let node = nodes[order[index]], isQueued(node) { candidates.append(order[index]) }
        }
        guard !candidates.isEmpty else { return [] }
        probes += 1
        return [candidates[probes % candidates.count]]
    }

    private mutating func send(_ ids: [UInt64], isSuspect: Bool, _ actions: inout [WriteAction]) {
        var writes: [PendingWrite] = []
        for id in ids {
            guard let node = nodes[id] else { continue }
            if !isSuspect { queuedWrites -= node.writes }
            nodes[id]?.stage = .inFlight
            open[node.write.address] = nil
            sent[node.write.address] = id
            writes.append(node.write)
        }
        lastBatch += 1
        inFlight = InFlight(number: lastBatch, ids: ids, isSuspect: isSuspect)
        actions.append(
            .flush(WriteBatch(number: lastBatch, writes: writes, flushedThrough: flushedThrough(with: Set(ids)))))
    }

    private func flushedThrough(with batch: Set<UInt64>) -> LogVersion? {
        guard let first = firstNode({ _ in true }, except: batch), let oldest = nodes[first]?.oldest else {
            return latest
        }
        return oldest.offset > 0 ? LogVersion(generation: oldest.generation, offset: oldest.offset - 1) : nil
    }

    // MARK: Coming back

    private mutating func end(
        _ number: UInt64, _ result: FlushResult, _ now: CacheTime, _ actions: inout [WriteAction]
    ) {
        guard let batch = inFlight, batch.number == number else { return }
        inFlight = nil
        switch result {
        case .done(let rows): endRows(batch, rows, now, &actions)
        case .refused(let reason):
            backoff.reset()
            if batch.ids.count == 1 {
                endRows(batch, [.refused(reason: reason)], now, &actions)
            } else {
                let half = batch.ids.count / 2
                for id in batch.ids { reopen(id, as: .suspect) }
                suspects.append(Array(batch.ids[half...]))
                suspects.append(Array(batch.ids[..<half]))
            }
        case .unavailable(let retryAfter):
            for id in batch.ids { reopen(id, as: batch.isSuspect ? .suspect : .queued) }
            // What was due once is due behind the pause, also where somebody had asked for it.
            if batch.isSuspect { suspects.append(batch.ids) } else { urgent.formUnion(batch.ids) }
            pausedUntil = now + max(backoff.next(), min(retryAfter ?? .zero, .seconds(300)))
        case .fenced:
            isFenced = true
            for id in batch.ids { reopen(id, as: .queued) }
        }
    }

    private mutating func endRows(
        _ batch: InFlight, _ rows: [RowResult], _ now: CacheTime, _ actions: inout [WriteAction]
    ) {
        backoff.reset()
        let refused = rows.prefix(batch.ids.count).count { $0 != .written }
        let written = min(rows.count, batch.ids.count) - refused
        deadShare.record(dead: refused, written: written, now)
        let isWrongDatabase = refused > 0 && (isHalted || deadShare.isTooLarge)
        var reason = ""
        for (index, id) in batch.ids.enumerated() {
            guard index < rows.count else {
                reopen(id, as: .queued)
                continue
            }
            switch rows[index] {
            case .written: finish(id)
            case .refused(let why):
                reason = why
                if isWrongDatabase { reopen(id, as: .queued) } else { deadLetter(id, why, &actions) }
            }
        }
        if rows.count < batch.ids.count { pausedUntil = now + backoff.next() }
        if isWrongDatabase { halt(reason, now, &actions) }
        if isHalted, written > 0, refused == 0 {
            isHalted = false
            deadShare.reset()
            actions.append(.resumed)
        }
    }

    private mutating func halt(_ reason: String, _ now: CacheTime, _ actions: inout [WriteAction]) {
        pausedUntil = now + settings.pauseLongest
        for id in suspects.joined() {
            guard let node = nodes[id], case .suspect = node.stage else { continue }
            nodes[id]?.stage = .queued
            queuedWrites += node.writes
        }
        suspects.removeAll()
        if !isHalted { actions.append(.halted(reason: reason)) }
        isHalted = true
    }

    /// The write was not written. A newer one of its key takes its turn.
    private mutating func reopen(_ id: UInt64, as stage: Stage) {
        guard var node = nodes[id] else { return }
        let address = node.write.address
        sent[address] = nil
        if let newer = open[address], let other = nodes[newer] {
            coalescedCount += 1
            if isQueued(other) { queuedWrites -= other.writes }
            bytes -= node.bytes
            node.write = other.write
            node.bytes = other.bytes
            node.writes += other.writes
            nodes[newer] = nil
            if urgent.remove(newer) != nil { urgent.insert(id) }
            compactOrder()
        }
        node.stage = stage
        if case .queued = stage { queuedWrites += node.writes }
        nodes[id] = node
        open[address] = id
    }

    private mutating func finish(_ id: UInt64) {
        guard let node = nodes.removeValue(forKey: id) else { return }
        bytes -= node.bytes
        if sent[node.write.address] == id { sent[node.write.address] = nil }
        urgent.remove(id)
        compactOrder()
    }

    private mutating func deadLetter(_ id: UInt64, _ reason: String, _ actions: inout [WriteAction]) {
        guard let node = nodes[id] else { return }
        sent[node.write.address] = nil
        urgent.remove(id)
        dying[node.write.version] = id
        nodes[id]?.stage = .dying(reason: reason)
        actions.append(.deadLetter(node.write, reason: reason))
    }

    private mutating func endDeadLetter(
        _ address: CacheAddress, _ version: LogVersion, _ isStored: Bool, _ now: CacheTime,
        _ actions: inout [WriteAction]
    ) {
        guard let id = dying[version], nodes[id]?.write.address == address else { return }
        guard isStored else {
            deadRetryAt = deadRetryAt ?? now + settings.pauseFirst
            return
        }
        dying[version] = nil
        finish(id)
        if pending(address) == nil { actions.append(.forget(address)) }
    }

    private mutating func retryDeadLetters(_ now: CacheTime, _ actions: inout [WriteAction]) {
        guard let due = deadRetryAt, due <= now else { return }
        deadRetryAt = nil
        for id in dying.values.sorted() {
            guard let node = nodes[id], case .dying(let reason) = node.stage else { continue }
            actions.append(.deadLetter(node.write, reason: reason))
        }
    }

    // MARK: Order and time

    private func isQueued(_ node: Node) -> Bool {
        if case .queued = node.stage { true } else { false }
    }

    private func firstNode(_ matches: (Node) -> Bool, except batch: Set<UInt64> = []) -> UInt64? {
        for index in 0..<order.count {
            let id = order[index]
            if let node = nodes[id], !batch.contains(id), matches(node) { return id }
        }
        return nil
    }

    /// Numbers of nodes that are gone leave the line, so that it stays as short as what waits.
    private mutating func compactOrder() {
        while let first = order.first, nodes[first] == nil { _ = order.popFirst() }
        guard order.count > 2 * nodes.count + 64 else { return }
        var kept = RingBuffer<UInt64>()
        for index in 0..<order.count where nodes[order[index]] != nil { kept.append(order[index]) }
        order = kept
    }

    private mutating func wake(_ now: CacheTime, _ actions: inout [WriteAction]) {
        var next = deadRetryAt ?? .never
        if inFlight == nil, !isFenced, !isRestoring, queuedWrites > 0 || !suspects.isEmpty {
            if let pausedUntil {
                next = min(next, pausedUntil)
            } else if let id = firstNode(isQueued), let node = nodes[id] {
                next = min(next, node.since + settings.delay)
            }
        }
        guard next != lastWake else { return }
        lastWake = next
        actions.append(.wake(next))
    }

    /// What does not agree with itself, for tests and simulations; nil where all does.
    package func inconsistency() -> String? {
        if nodes.values.reduce(0, { $0 + $1.bytes }) != bytes { return "bytes of writes" }
        if nodes.values.reduce(0, { $0 + (isQueued($1) ? $1.writes : 0) }) != queuedWrites { return "queued writes" }
        if open.count + sent.count + dying.count != nodes.count {
            return "\(open.count) open, \(sent.count) sent and \(dying.count) dying of \(nodes.count)"
        }
        if sent.count != inFlight?.ids.count ?? 0 { return "\(sent.count) sent" }
        let versions = (0..<order.count).compactMap { nodes[order[$0]]?.oldest }
        if versions.count != nodes.count || versions != versions.sorted() { return "order of writes" }
        return nil
    }
}
