internal import CacheWrites
internal import Caches
internal import Invalidations
internal import Storage

// Who owns which partition, and what travels between nodes, Kafka and the database.
extension NodesWorld {
    func question(_ node: SimulatedNode, _ content: NodesTraffic.Question.Content) -> NodesTraffic.Question {
        NodesTraffic.Question(node: node.number, incarnation: node.incarnation, content: content)
    }

    // MARK: Assignments

    /// A node hears of the group's last decision.
    mutating func acceptAssignment() { acceptAssignment(nodes[int(0...(nodes.count - 1))]) }

    private mutating func acceptAssignment(_ node: SimulatedNode) {
        guard node.isAwake, !node.isCutOff, node.generation != generation else { return }
        (node.generation, node.round) = (generation, node.round + 1)
        for partition in 0..<partitions {
            release(node, Int32(partition))
            node.slots[partition] = SimulatedNode.Slot()
            guard assignment[partition] == node.number else { continue }
            (node.slots[partition].isAssigned, node.slots[partition].claimAt) = (true, now)
        }
        forgetAll(node)
    }

    /// Those who wait for a partition that this node owns no more.
    private mutating func release(_ node: SimulatedNode, _ partition: Int32) {
        for (waiter, _) in node.withOwned(partition, { $0.takeWaiters() }) ?? [] {
            if let call = call(named: waiter.record.details.idempotencyKey ?? "") { refuse(call) }
        }
    }

    private mutating func open(
        _ node: SimulatedNode, _ lease: PartitionLease, _ known: [KnownWrites.Entry], claimedAt offset: Int64
    ) {
        let partition = Int(lease.partition)
        forgetAll(node)
        node.slots[partition].applied = lease.flushed + 1
        node.slots[partition].owned = OwnedPartition(
            lease, known: known, from: lease.flushed + 1, end: max(logs[partition].end, offset + 1),
            passedClaims: node.slots[partition].passedClaims, settings: settings, book: book)
    }

    private mutating func takeBack(_ node: SimulatedNode, _ partition: Int32) {
        release(node, partition)
        let passed = node.withOwned(partition) { $0.fencedAt } ?? nil
        if let passed { node.slots[Int(partition)].passedClaims = passed }
        (node.slots[Int(partition)].owned, node.slots[Int(partition)].claimAt) = (nil, now + .milliseconds(500))
        forgetAll(node)
    }

    // MARK: Kafka

    /// Kafka stores what some node has sent next.
    mutating func storeNext() {
        guard !sent.isEmpty else { return }
        let number = sent[int(0...(sent.count - 1))].node
        guard !nodes[number].isCutOff, let index = sent.firstIndex(where: { $0.node == number }) else { return }
        var record = sent.remove(at: index)
        let partition = Int(record.partition)
        switch record.content {
        case .claim(let lease, _, _): record.offset = logs[partition].appendClaim(epoch: lease.epoch)
        case .write(let waiter, _):
            record.offset = logs[partition].append(waiter.record)
            if let meaning = logs[partition].meanings[Int(record.offset)], meaning.verdict == .counts {
                countedAt[meaning.id] = record.offset
            }
        }
        stored.append(record)
    }

    /// A node hears that Kafka has something, or that its time is over.
    mutating func deliverStored() throws(CacheViolation) {
        guard !stored.isEmpty else { return }
        let number = stored[int(0...(stored.count - 1))].node
        guard nodes[number].isAwake, !nodes[number].isCutOff,
            let index = stored.firstIndex(where: { $0.node == number })
        else { return }
        let (record, node) = (stored.remove(at: index), nodes[number])
        guard record.incarnation == node.incarnation else { return }
        let isLost = int(0...99) < failurePercent / 4
        switch record.content {
        case .claim(let lease, let known, let round):
            guard round == node.round else { return }
            guard !isLost else {
                return node.slots[Int(record.partition)].claimAt = now + .seconds(1)
            }
            open(node, lease, known, claimedAt: record.offset)
        case .write(let waiter, let epoch):
            if isLost {
                node.withOwned(record.partition, epoch: epoch) { $0.release(waiter.bytes) }
                if let call = call(named: waiter.record.details.idempotencyKey ?? "") { refuse(call) }
                return
            }
            let end = node.withOwned(record.partition, epoch: epoch) { $0.acknowledge(record.offset, waiter) }
            switch end {
            case .some(let write?): try complete(waiter, record.partition, write)
            case .some(nil): break
            case nil: if let call = call(named: waiter.record.details.idempotencyKey ?? "") { refuse(call) }
            }
        }
    }

    mutating func readLog() throws(CacheViolation) {
        let node = nodes[int(0...(nodes.count - 1))]
        guard node.isAwake, !node.isCutOff else { return }
        try readLog(node, Int32(int(0...(partitions - 1))), max: int(1...8))
    }

    private mutating func readLog(_ node: SimulatedNode, _ partition: Int32, max count: Int) throws(CacheViolation) {
        guard let lease = node.withOwned(partition, { $0.lease }),
            node.withOwned(partition, { $0.canRead }) == true,
            let position = node.withOwned(partition, { $0.position })
        else { return }
        let log = logs[Int(partition)]
        let end = min(log.end, position + Int64(count))
        let records = position < end ? Array(log.records[Int(position)..<Int(end)]) : []
        var orders: [PartitionOrder] = []
        node.withOwned(partition) { [now] in $0.read(records, end: Swift.max(end, position), now, &orders) }
        try carryOut(orders, node, lease)
    }

    // MARK: Time

    mutating func update() throws(CacheViolation) { try update(nodes[int(0...(nodes.count - 1))]) }

    private mutating func update(_ node: SimulatedNode) throws(CacheViolation) {
        guard node.isAwake else { return }
        for partition in 0..<Int32(partitions) {
            if node.slots[Int(partition)].claimAt <= now {
                node.slots[Int(partition)].claimAt = .never
                questions.append(question(node, .claim(partition, round: node.round)))
            }
            guard let lease = node.withOwned(partition, { $0.lease }) else { continue }
            var orders: [PartitionOrder] = []
            node.withOwned(partition) { [now] in $0.update(now, &orders) }
            try carryOut(orders, node, lease)
        }
        for end in node.shard.expireFills(now) { try handle(end, at: node) }
        node.loads.removeAll { [now] in $0.order.deadline <= now }
    }

    private mutating func carryOut(
        _ orders: [PartitionOrder], _ node: SimulatedNode, _ lease: PartitionLease
    ) throws(CacheViolation) {
        for order in orders {
            switch order {
            case .flush(let batch, let known): questions.append(question(node, .flush(batch, known, lease)))
            case .findVersion(let address): questions.append(question(node, .version(address, lease)))
            case .applied(let write): try apply(write, node, lease.partition)
            case .complete(let waiter, let write): try complete(waiter, lease.partition, write)
            case .restored: try pass(over: node.withOwned(lease.partition) { $0.next } ?? 0, node, lease.partition)
            case .fenced: takeBack(node, lease.partition)
            case .forget, .deadLetter, .deadLetterRaw: throw violation("dead letters", "no row is wrong")
            case .halted, .resumed: break
            }
        }
    }

    private mutating func apply(
        _ write: PendingWrite, _ node: SimulatedNode, _ partition: Int32
    ) throws(CacheViolation) {
        let offset = write.version.offset
        try pass(over: offset, node, partition)
        guard logs[Int(partition)].meanings[Int(offset)]?.verdict == .counts else {
            throw violation("decided", "\(offset) counts, and not by the log")
        }
        node.slots[Int(partition)].applied = offset + 1
        node.voidedAt[write.address.key] = step
        switch write.change {
        case .set(let value, let tags, let lifetime):
            _ = node.shard.set(write.address, value, tags: tags, lifetime: lifetime, now)
        case .delete: _ = node.shard.delete(write.address, now)
        }
    }

    /// What is left out must not count, or the database has a later write of its key.
    private func pass(over end: Int64, _ node: SimulatedNode, _ partition: Int32) throws(CacheViolation) {
        let first = node.slots[Int(partition)].applied
        guard first <= end else { throw violation("order", "\(end) is applied behind \(first - 1)") }
        for offset in first..<end where logs[Int(partition)].meanings[Int(offset)]?.verdict == .counts {
            if case .write(let write) = logs[Int(partition)].records[Int(offset)].content,
                let row = database.version(write.key), row.version.offset > offset
            {
                continue
            }
            throw violation("decided", "\(offset) is left out, and counts by the log")
        }
    }

    // MARK: Database

    /// The database does something that it was asked for, also for those who wait no more.
    mutating func ask() {
        let open = questions.indices.filter { questions[$0].answer == nil }
        guard !open.isEmpty else { return }
        let index = open[int(0...(open.count - 1))]
        let question = questions[index]
        let isWell = int(0...99) >= failurePercent
        guard isWell || int(0...1) == 0 else { return questions[index].answer = .failed }
        let answer: NodesTraffic.Question.Answer
        switch question.content {
        case .claim(let partition, _):
            let (lease, known) = database.claim(partition, by: question.node)
            oracle.claim(partition, lease.epoch, at: step)
            answer = .claimed(lease, known)
        case .flush(let batch, let known, let lease):
            let partitions = partitions
            answer = .flushed(
                database.flush(batch, known, lease) { Int32(Int($0.bytes.last ?? 0) % partitions) })
        case .version(let address, _): answer = .version(database.version(address.key))
        case .load(let order): answer = .row(database.row(order.address.key))
        case .condition(let call): answer = .row(database.row(call.key))
        }
        // It may be done, and the answer lost.
        questions[index].answer = isWell ? answer : .failed
    }

    mutating func deliverAnswer() throws(CacheViolation) {
        let ready = questions.indices.filter { questions[$0].answer != nil }
        guard !ready.isEmpty else { return }
        let index = ready[int(0...(ready.count - 1))]
        let (question, node) = (questions[index], nodes[questions[index].node])
        if node.isAlive, node.isFrozen { return }
        questions.remove(at: index)
        guard node.isAlive, question.incarnation == node.incarnation, let answer = question.answer else { return }
        try deliver(answer, of: question, to: node)
    }

    private mutating func deliver(
        _ answer: NodesTraffic.Question.Answer, of question: NodesTraffic.Question, to node: SimulatedNode
    ) throws(CacheViolation) {
        var orders: [PartitionOrder] = []
        switch (question.content, answer) {
        case (.claim(let partition, let round), .claimed(let lease, let known)):
            guard round == node.round else { return }
            sent.append(
                NodesTraffic.Sent(
                    node: node.number, incarnation: node.incarnation, partition: partition,
                    content: .claim(lease, known, round: round)))
        case (.claim(let partition, let round), _):
            if round == node.round { node.slots[Int(partition)].claimAt = now + .milliseconds(200) }
        case (.flush(let batch, _, let lease), let answer):
            var flushed = FlushAnswer.failed(.busy("the database is away"))
            if case .flushed(let said) = answer { flushed = said }
            node.withOwned(lease.partition, epoch: lease.epoch) { [now] in
                $0.endFlush(batch, flushed, now, &orders)
            }
            try carryOut(orders, node, lease)
        case (.version(_, let lease), let answer):
            var found: Result<RowVersion?, StorageError> = .failure(.busy("the database is away"))
            if case .version(let row) = answer { found = .success(row) }
            node.withOwned(lease.partition, epoch: lease.epoch) { [now] in $0.endVersion(found, now, &orders) }
            try carryOut(orders, node, lease)
        case (.load(let order), .row(let row)):
            try finish(order, row.map { Self.result($0.change) } ?? .absent(.seconds(5)), at: node)
        case (.load(let order), _): try finish(order, .failed, at: node)
        case (.condition(let call), .row(let row)):
            append(call, row.map { .version($0.version) } ?? .absent, at: node)
        case (.condition(let call), _): refuse(call)
        }
    }

    // MARK: The end

    /// All is well from here on: each key ends with its newest write, in the database and at its owner.
    mutating func drain() throws(CacheViolation) {
        failurePercent = 0
        for node in nodes {
            if !node.isAlive { node.restart(tail: invalidations.count) }
            (node.isFrozen, node.isCutOff) = (false, false)
        }
        generation += 1
        for _ in 0..<400 {
            step += 1
            for node in nodes {
                acceptAssignment(node)
                try update(node)
                for partition in 0..<Int32(partitions) { try readLog(node, partition, max: 50) }
            }
            for _ in 0..<10 {
                storeNext()
                try deliverStored()
                ask()
                try deliverAnswer()
                applyTail()
            }
            try deliverForward()
            if int(0...3) == 0 { now = now + .seconds(int(1...30)) }
            if isQuiet { break }
        }
        try checkEnd()
    }

    private var isQuiet: Bool {
        guard sent.isEmpty, stored.isEmpty, questions.isEmpty, forwards.isEmpty else { return false }
        return (0..<partitions).allSatisfy { partition in
            nodes[assignment[partition]].withOwned(Int32(partition)) {
                !$0.isRestoring && $0.dirtyCount == 0 && $0.next == logs[partition].end
            } ?? false
        }
    }

    private mutating func checkEnd() throws(CacheViolation) {
        guard isQuiet else { throw violation("end", "something waits for ever") }
        for node in nodes {
            for partition in 0..<partitions where node.slots[partition].owned != nil {
                guard assignment[partition] == node.number else { throw violation("end", "two owners") }
            }
        }
        for key in keys {
            let (row, wanted) = (database.row(key)?.version, logs[Int(partition(of: key))].value(key))
            guard row == wanted else {
                throw violation(
                    "lost", "the database has \(row?.offset ?? -1) of \(key), and the log \(wanted?.offset ?? -1)")
            }
        }
    }
}
