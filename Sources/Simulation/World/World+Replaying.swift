internal import Invalidations
internal import TopicCatalogue
internal import Workers

// A run of replays: dead letters are redriven, and requests of the log replayed under an id of their own.
extension World {
    /// Requests of one run, at most.
    private static let replayedAtOnce = 6

    func replay(_ run: Int) {
        // Other names than those of the runs that a runner carries out, which look for their own records.
        let name = "redrive-\(run)"
        if groupRandom.chance(0.7) { redrive(name) } else { replayRequests(name) }
    }

    private func redrive(_ run: String) {
        // What was redriven already has a later try, under way or ended.
        let deadLetters = log.deadLetters.filter { deadLetter in
            guard let attempt = deadLetter.attempt else { return false }
            return oracle.request(RequestAttempt(attempt.id, generation: attempt.generation + 1)) == nil
        }
        guard !deadLetters.isEmpty else { return }
        for _ in 0..<groupRandom.int(1...Self.replayedAtOnce) {
            let deadLetter = groupRandom.pick(deadLetters)
            guard let attempt = deadLetter.attempt, let request = oracle.request(attempt), !request.isExcused else {
                continue
            }
            let open = openEdges(of: deadLetter, attempt)
            guard deadLetter.failedEdges.isEmpty || !open.isEmpty else { continue }
            let replay = Replay(
                run: run, generation: attempt.generation + 1, redrives: (deadLetter.replay?.redrives ?? 0) + 1,
                replayedAt: Calendar.wall(now), statusID: deadLetter.replay?.statusID)
            write(replay, of: request, origin: deadLetter.position, parts: open)
        }
    }

    /// The edges at which the view says that it is a dead letter of that try: read again after a crash, a request may
    /// have been purged since.
    private func openEdges(of deadLetter: DeadLetter, _ attempt: RequestAttempt) -> [String] {
        guard let namespace = deadLetter.invalidation?.namespace,
            let row = projector.rows[RequestIdentity(id: attempt.id, namespace: namespace)]
        else { return [] }
        return deadLetter.failedEdges.map(\.edge).filter { edge in
            guard let cell = row.cell(of: edge) else { return false }
            return cell.state == .dead && cell.generation == attempt.generation
        }
    }

    private func replayRequests(_ run: String) {
        let candidates = oracle.requests.filter {
            $0.replay == nil && $0.isStored && !$0.isExcused && !$0.isCancel && $0.invalidation != nil
        }
        guard !candidates.isEmpty else { return }
        for _ in 0..<groupRandom.int(1...Self.replayedAtOnce) {
            let request = groupRandom.pick(candidates)
            guard let record = request.records.first else { continue }
            let id = RequestID(high: groupRandom.next(), low: groupRandom.next())
            let replay = Replay(run: run, generation: 0, replayedAt: Calendar.wall(now), statusID: id)
            write(replay, of: request, origin: record.position, parts: [])
        }
    }

    /// - Parameter parts: names of edges and of their second purges; none for all edges.
    private func write(_ replay: Replay, of earlier: RequestOracle, origin: RecordPosition, parts names: [String]) {
        let ends =
            names.isEmpty ? earlier.targets.map { Oracle.part($0, .first) } : names.compactMap(oracle.part(named:))
        guard let invalidation = earlier.invalidation,
            let request = oracle.addReplay(of: earlier, replay, parts: ends)
        else { return }
        let retry = RetryMetadata(
            origin: origin, deferredAt: replay.replayedAt, notBefore: replay.replayedAt,
            parts: names.compactMap(oracle.part(named:)).map { part in
                RetryMetadata.Part(
                    edge: scenario.edges[part / 2].profile.name, step: part % 2 == 0 ? .first : .second)
            },
            reason: .replay, replay: replay)
        let original = earlier.publication.original
        let headers = ReplayHeaders.headers(
            replaying: retry, of: invalidation, original: original,
            from: (TopicName.dead, origin.source.partition, Int64(request.number)), epoch: 1, topics: topics,
            runner: "runner")
        // An owner of the run that was replaced may write what the next one writes, too.
        for _ in 0..<(isChaos && groupRandom.chance(0.1) ? 2 : 1) {
            store(request, original, headers, partition: origin.source.partition)
        }
        counts.replays += 1
    }

    private func store(
        _ request: RequestOracle, _ original: OriginalRecord, _ headers: [RecordHeader], partition: Int32
    ) {
        let read = readReplay(original, headers, partition: partition)
        guard let replay = request.replay, read.retry?.replay == replay else {
            return violate("headers", "a worker reads another replay than the run has written")
        }
        recordStored(appendReplay(read, headers, of: request, run: replay.run))
    }
}

// The replay topic.
extension World {
    func replayPartition(_ partition: Int32) -> SourcePartition {
        SourcePartition(topic: SourcePartition.replayTopic, partition: partition)
    }

    func replayIndex(_ partition: Int32) -> Int { log.index(replayPartition(partition)) }

    /// What a worker reads of a record that a run writes now.
    func readReplay(_ original: OriginalRecord, _ headers: [RecordHeader], partition: Int32) -> IncomingRecord {
        decode(
            original, headers: headers, at: log.partitions[replayIndex(partition)].nextOffset,
            of: replayPartition(partition), Calendar.wall(now).milliseconds, now: Calendar.wall(now))
    }

    func appendReplay(
        _ read: IncomingRecord, _ headers: [RecordHeader], of request: RequestOracle, run: String
    ) -> LogRecord {
        let source = read.position.source
        tell("replay", "\(run) writes \(request.name) to \(name(source)) \(read.position.offset)")
        return log.append(
            source, original: read.original, headers: headers, content: read.content, retry: read.retry,
            request: request.number, now: now)
    }
}
