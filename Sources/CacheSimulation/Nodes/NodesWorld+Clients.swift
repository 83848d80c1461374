internal import CacheWrites
internal import Caches
internal import Invalidations

// Calls of clients: which node answers them, and whether it may answer that.
extension NodesWorld {
    mutating func newRead() throws(CacheViolation) {
        let all = keys + foreignKeys
        let position = int(0...2) == 0 ? int(0...invalidations.count) : -1
        try newCall(all[int(0...(all.count - 1))], .read(position: position))
    }

    mutating func newWrite() throws(CacheViolation) {
        let key = keys[int(0...(keys.count - 1))]
        let number = lastCall + 1
        let change = int(0...4) == 0 ? PendingWrite.Change.delete : change("w\(number)", key)
        var fingerprint: WriteFingerprint?
        if int(0...1) == 0 {
            // Some clients use a key of somebody else.
            let name = int(0...9) == 0 ? UInt64(int(1...Int(number))) : number
            fingerprint = WriteFingerprint(name: UInt128(name), content: UInt128(number))
        }
        try newCall(key, .write(change, isConditional: int(0...3) == 0, fingerprint))
    }

    private mutating func newCall(_ key: CacheKey, _ kind: NodesTraffic.Call.Kind) throws(CacheViolation) {
        lastCall += 1
        let call = NodesTraffic.Call(number: lastCall, key: key, kind: kind, arrival: step)
        calls[lastCall] = call
        try answer(call, at: nodes[int(0...(nodes.count - 1))], isForwarded: false)
    }

    mutating func deliverForward() throws(CacheViolation) {
        guard !forwards.isEmpty else { return }
        let (call, number) = forwards.remove(at: int(0...(forwards.count - 1)))
        guard calls[call.number] != nil else { return }
        guard nodes[number].isAwake else { return refuse(call) }
        try answer(call, at: nodes[number], isForwarded: true)
    }

    private mutating func answer(
        _ call: NodesTraffic.Call, at node: SimulatedNode, isForwarded: Bool
    ) throws(CacheViolation) {
        guard node.isAwake else { return refuse(call) }
        let partition = partition(of: call.key)
        guard node.slots[Int(partition)].isAssigned else {
            guard !isForwarded else { return refuse(call) }
            return forward(call, from: node, partition)
        }
        guard node.withOwned(partition, { $0.isRestoring }) == false,
            let epoch = node.withOwned(partition, { $0.lease.epoch })
        else { return refuse(call) }
        var call = call
        call.epoch = epoch
        calls[call.number] = call
        switch call.kind {
        case .read(let position): try read(call, at: node, position)
        case .write: try write(call, at: node)
        }
    }

    /// To whom this node last heard to own the key: that may be another one by now.
    private mutating func forward(_ call: NodesTraffic.Call, from node: SimulatedNode, _ partition: Int32) {
        if node.ownerBook[partition] == nil || int(0...2) == 0 {
            node.ownerBook[partition] = database.owner(partition)
        }
        guard let owner = node.ownerBook[partition], owner != node.number else { return refuse(call) }
        forwards.append((call, owner))
    }

    /// The client gets an error. One that has an Idempotency-Key may send its write again, to any node.
    mutating func refuse(_ call: NodesTraffic.Call) {
        guard case .write(_, _, let fingerprint?) = call.kind, fingerprint.name == UInt128(call.number), call.tries < 4
        else { return calls[call.number] = nil }
        var repetition = call
        repetition.tries += 1
        calls[call.number] = repetition
        forwards.append((repetition, int(0...(nodes.count - 1))))
    }

    func call(named id: String) -> NodesTraffic.Call? { UInt64(id.dropFirst()).flatMap { calls[$0] } }

    // MARK: Reads

    private mutating func read(
        _ call: NodesTraffic.Call, at node: SimulatedNode, _ position: Int
    ) throws(CacheViolation) {
        guard node.tail >= position else {
            guard call.tries < 4 else { return refuse(call) }
            var waiting = call
            waiting.tries += 1
            return forwards.append((waiting, node.number))
        }
        guard let address = book.address(.default, call.key) else { return }
        switch node.shard.read(address, WaiterID(call.number), now) {
        case .hit(let entry, _, let order):
            try judge(call.number, entry.value)
            if let order { try begin(order, at: node) }
        case .absent: try judge(call.number, nil)
        case .load(let order): try begin(order, at: node)
        case .joined: break
        case .refused: refuse(call)
        }
    }

    /// A load asks for what waits here first, and then the database.
    private mutating func begin(_ order: LoadOrder, at node: SimulatedNode) throws(CacheViolation) {
        let key = order.address.key
        node.loads.append(SimulatedNode.Load(order: order, began: step))
        let running = node.loads.filter { $0.order.address == order.address && $0.order.deadline > now }
        guard running.count <= 2 else { throw violation("loads", "\(running.count) loads of \(key)") }
        guard running.filter({ $0.began > node.voidedAt[key] ?? 0 }).count <= 1 else {
            throw violation("loads", "two loads of \(key) can be stored")
        }
        let partition = partition(of: key)
        guard node.withOwned(partition, { $0.isRestoring }) == false else {
            return try finish(order, .failed, at: node)
        }
        if let pending = node.withOwned(partition, { $0.pending(order.address) }) ?? nil {
            return try finish(order, LoadResult(unflushed: pending.change), at: node)
        }
        questions.append(question(node, .load(order)))
    }

    static func result(_ change: PendingWrite.Change) -> LoadResult {
        switch change {
        case .set(let value, let tags, let lifetime): .value(value, tags: tags, lifetime: lifetime, origin: nil)
        case .delete: .absent(.seconds(5))
        }
    }

    mutating func finish(_ order: LoadOrder, _ result: LoadResult, at node: SimulatedNode) throws(CacheViolation) {
        node.loads.removeAll { $0.order.token == order.token }
        try handle(node.shard.finishLoad(order.token, result, now), at: node)
    }

    mutating func handle(_ end: LoadEnd, at node: SimulatedNode) throws(CacheViolation) {
        for (waiters, answer) in end.answers {
            for waiter in waiters {
                switch answer {
                case .entry(let entry, _): try judge(waiter.value, entry.value)
                case .absent: try judge(waiter.value, nil)
                case .failed: calls[waiter.value] = nil
                }
            }
        }
        if let next = end.next { try begin(next, at: node) }
    }

    private mutating func judge(_ number: UInt64, _ value: CacheValue?) throws(CacheViolation) {
        guard let call = calls.removeValue(forKey: number), case .read(let position) = call.kind else { return }
        oracle.countRead()
        let text = value.map { String(decoding: $0.bytes, as: UTF8.self) }
        guard !foreignKeys.contains(call.key) else {
            let oldest = oracle.oldest(call.key, position: position, since: call.arrival)
            guard (text.flatMap { Int($0) } ?? 0) >= oldest else {
                throw violation("stale", "\(call.key) is \(text ?? "absent"), after \(oldest) was invalidated for")
            }
            return
        }
        let partition = partition(of: call.key)
        if database.epoch(partition) > call.epoch { oracle.countLateRead() }
        let needed = oracle.needed(call.key, partition, epoch: call.epoch, since: call.arrival)
        if let text {
            guard let offset = countedAt[text] else { throw violation("reads", "\(text) does not count") }
            guard offset >= needed ?? 0 else {
                throw violation("acknowledged", "\(call.key) is \(offset), and \(needed ?? 0) was acknowledged before")
            }
        } else if let needed, !logs[Int(partition)].hasDelete(call.key, from: needed) {
            throw violation("acknowledged", "\(call.key) is absent, and \(needed) was acknowledged before")
        }
    }

    // MARK: Writes

    private mutating func write(_ call: NodesTraffic.Call, at node: SimulatedNode) throws(CacheViolation) {
        guard case .write(_, let isConditional, let fingerprint) = call.kind else { return }
        let partition = partition(of: call.key)
        if let fingerprint {
            switch node.withOwned(partition, { $0.find(fingerprint, at: Timestamp(milliseconds: 0)) }) {
            case .repeated, .itself: return try acknowledgeRepetition("w\(call.number)", call.key)
            case .other: return calls[call.number] = nil
            case .new, nil: break
            }
        }
        guard isConditional else { return append(call, nil, at: node) }
        guard let address = book.address(.default, call.key) else { return }
        if let pending = node.withOwned(partition, { $0.pending(address) }) ?? nil {
            return append(call, pending.change == .delete ? .absent : .version(pending.version), at: node)
        }
        questions.append(question(node, .condition(call)))
    }

    /// - Parameter condition: that what this node knows of the key is still so.
    mutating func append(_ call: NodesTraffic.Call, _ condition: VersionCondition?, at node: SimulatedNode) {
        let partition = partition(of: call.key)
        guard case .write(let change, _, let fingerprint) = call.kind,
            let address = book.address(.default, call.key),
            let record = try? WriteRecord(
                namespace: .default, key: call.key, change: change,
                details: WriteDetails(
                    writtenAt: Timestamp(milliseconds: 0), condition: condition, idempotencyKey: "w\(call.number)",
                    fingerprint: fingerprint))
        else { return }
        let write = PendingWrite(
            address: address, version: LogVersion(generation: 0, offset: 0), change: change, details: record.details)
        guard let epoch = node.withOwned(partition, { $0.lease.epoch }),
            node.withOwned(partition, { [now] in $0.admit(write, now) == nil }) == true
        else { return refuse(call) }
        let waiter = AppendWaiter(record: record, bytes: write.byteCount) { _ in }
        sent.append(
            NodesTraffic.Sent(
                node: node.number, incarnation: node.incarnation, partition: partition,
                content: .write(waiter, epoch: epoch)))
    }

    private mutating func acknowledgeRepetition(_ id: String, _ key: CacheKey) throws(CacheViolation) {
        guard let offset = countedAt[id] else { throw violation("repetitions", "\(id) is known, and never counted") }
        guard calls.removeValue(forKey: UInt64(id.dropFirst()) ?? 0) != nil else { return }
        oracle.countRepetition()
        oracle.acknowledge(key, offset, at: step)
    }

    /// A node has an answer for who wrote this.
    mutating func complete(
        _ waiter: AppendWaiter, _ partition: Int32, _ write: AppendedWrite
    ) throws(CacheViolation) {
        let id = waiter.record.details.idempotencyKey ?? ""
        let meaning = logs[Int(partition)].meanings[Int(write.position.offset)]
        guard let verdict = write.verdict else {
            if let call = call(named: id) { refuse(call) }
            return
        }
        guard meaning?.id == id, meaning?.verdict == verdict else {
            throw violation(
                "decided",
                "\(id) at \(write.position.offset) is \(verdict), and by the log "
                    + (meaning.map { "\($0.verdict)" } ?? "nothing"))
        }
        switch verdict {
        case .counts:
            guard calls.removeValue(forKey: UInt64(id.dropFirst()) ?? 0) != nil else { return }
            oracle.acknowledge(waiter.record.key, write.position.offset, at: step)
        case .repeated: try acknowledgeRepetition(id, waiter.record.key)
        case .keyIsUsed, .conditionFailed, .refused: calls[UInt64(id.dropFirst()) ?? 0] = nil
        }
    }
}
