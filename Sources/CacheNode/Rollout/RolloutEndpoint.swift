internal import CacheWrites
internal import Caches
internal import Dispatch
internal import Gateway
internal import HTTP
internal import Invalidations
internal import JSON

/// Shows how a rollout stands, and changes it: `/cache/rollout?namespace=shop`.
struct RolloutEndpoint: Sendable {
    private static let samplesMax = RolloutCounts.windowMax
    private static let attemptsMax = 5
    private static let applyMax = DispatchTimeInterval.seconds(5)

    let service: CacheService
    let journal: WriteJournal?
    let rollouts: RolloutLog
    let bodies: BodyReader
    let entrance: ScopedEntrance

    private var states: RolloutStates { service.rollouts }

    /// Blocks for some seconds at most.
    func answer(_ request: HTTPRequest) throws(CallRefusal) -> HTTPResponse {
        let namespace = try EntryTarget.namespace(request.parameter("namespace"))
        guard entrance.admits(namespace, request) else { return entrance.namespaceRefusal(namespace, request) }
        guard request.method == "POST" else { return try status(namespace, request) }
        if let refusal = entrance.operateRefusal(request) { return refusal }
        // It would be made without asking the other nodes.
        guard !PeerCalls.isPassedOn(request) else {
            throw CallRefusal(400, "A change of a rollout is not passed on: leave \(PeerCalls.field) out")
        }
        let body = try bodies.read(request.body) { root, _ in try RolloutOrderBody(root) }
        try change(namespace, body, request)
        return try status(namespace, request)
    }

    // MARK: Changing

    private func change(_ namespace: Namespace, _ body: RolloutOrderBody, _ request: HTTPRequest) throws(CallRefusal) {
        guard let origin = service.origin(of: namespace) else {
            throw CallRefusal(409, "The namespace \(namespace) has no origin, the main API of a rollout: set it first")
        }
        guard states.isComplete else { throw .rolloutsUnknown }
        // A node that was overruled writes what counts once more: that overtakes an order, and changes nothing.
        for _ in 0..<Self.attemptsMax {
            let known = states.known(namespace)
            let next = try record(behind: known?.record, body, request)
            try check(next, namespace, origin, request)
            if try publish(next, after: known, namespace) { return }
            guard states.known(namespace)?.record == known?.record else { break }
        }
        throw CallRefusal(409, "The rollout was changed by others at the same time: look at its status")
    }

    private func record(
        behind known: RolloutRecord?, _ body: RolloutOrderBody, _ request: HTTPRequest
    ) throws(CallRefusal) -> RolloutRecord {
        do {
            let sender = entrance.sender(of: request)
            return try RolloutRecord.following(
                known, body.order, guards: body.guards, salt: .random(in: .min ... .max),
                by: body.who.map { "\($0) (\(sender))" } ?? sender, reason: body.reason, at: .now())
        } catch {
            throw CallRefusal(409, "\(error)")
        }
    }

    /// - Returns: whether it counts: the log decides which of two changes does.
    private func publish(
        _ next: RolloutRecord, after known: RolloutStates.Known?, _ namespace: Namespace
    ) throws(CallRefusal) -> Bool {
        let offset: Int64
        do {
            offset = try rollouts.publish(RolloutRecordForm(next, after: known?.version), of: namespace)
        } catch {
            throw CallRefusal(
                503, "It is not known whether the rollout has changed: \(error). Look at its status",
                headers: [("Retry-After", "1")])
        }
        guard states.waitUntilApplied(offset, atMost: Self.applyMax) else {
            throw CallRefusal(503, "The change is stored, and not in force here yet", headers: [("Retry-After", "1")])
        }
        guard let now = states.known(namespace) else { return false }
        return now.record == next || now.version > offset
    }

    /// What a phase needs beside the order of phases.
    private func check(
        _ next: RolloutRecord, _ namespace: Namespace, _ origin: OriginConfiguration, _ request: HTTPRequest
    ) throws(CallRefusal) {
        if next.phase >= .writes {
            guard journal != nil else {
                throw CallRefusal(409, "Queued writes need a database: set cache.database or cache.api at all nodes")
            }
            guard origin.write != nil else {
                throw CallRefusal(
                    409, "Writes of the other keys go to the main API: set write.url of the namespace's origin")
            }
        }
        guard next.phase == .off else { return }
        let (report, away) = report(namespace, request)
        guard away.isEmpty else {
            throw CallRefusal(
                503, "Nodes do not answer, so what they have to flush is not known: \(away.joined(separator: ", "))",
                headers: [("Retry-After", "1")])
        }
        guard report.isDrained else {
            throw CallRefusal(
                409, "\(report.dirty) writes of the namespace are not in the database yet: wait until dirty is 0")
        }
    }

    // MARK: Showing

    private func status(_ namespace: Namespace, _ request: HTTPRequest) throws(CallRefusal) -> HTTPResponse {
        var samples = 0
        if let text = request.parameter("samples") {
            guard let count = Int(text), (0...Self.samplesMax).contains(count) else {
                throw CallRefusal(400, "samples must be 0 to \(Self.samplesMax)")
            }
            samples = count
        }
        guard states.isComplete || service.origin(of: namespace) == nil else { throw .rolloutsUnknown }
        let (report, away) = report(namespace, request)
        let known = states.known(namespace)
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.member("namespace", namespace.name)
        if let known {
            let shares = known.record.shares(at: .now())
            RolloutRecordForm.write(known.record, into: &writer)
            writer.key("now")
            writer.beginObject()
            writer.member("reads", shares.reads)
            writer.member("writes", shares.writes)
            writer.endObject()
        } else {
            writer.member("phase", RolloutRecord.Phase.off.rawValue)
        }
        report.write(into: &writer)
        if !away.isEmpty { writer.member("away", away) }
        Self.writeTimes(known?.counts.snapshot, into: &writer)
        if let figures = known?.counts.snapshot.figures { Self.write(figures, into: &writer) }
        if samples > 0 { Self.write(known?.counts.newestSamples(samples) ?? [], into: &writer) }
        writer.endObject()
        return .json(200, writer.bytes).with("Cache-Control", "no-store")
    }

    /// Of this node and its peers, and the peers that do not answer.
    private func report(_ namespace: Namespace, _ request: HTTPRequest) -> (RolloutReport, away: [String]) {
        var report = RolloutReport(
            states.known(namespace)?.counts, dirty: journal?.dirtyCount(namespace) ?? 0,
            restoring: journal?.state.restoring.count ?? 0)
        guard let journal, !PeerCalls.isPassedOn(request) else { return (report, []) }
        let peers = journal.findPeers()
        guard !peers.isEmpty else { return (report, []) }
        var headers = [(PeerCalls.field, "1")]
        if let credential = request.headers.first("Authorization") { headers.append(("Authorization", credential)) }
        let target = "/cache/rollout?namespace=\(PercentEncoding.encode(namespace.name))"
        let answers = PeerCalls.askAll(
            peers.map { HTTPClientRequest(url: $0 + target, headers: headers, timeout: PeerInvalidation.timeout) })
        var away: [String] = []
        for (peer, answer) in zip(peers, answers) {
            let found = answer.flatMap { response in
                try? JSONParser(bytesMax: 65_536).parse(response.body) { RolloutReport($0) }
            }
            if let found = found.flatMap({ $0 }) { report.add(found) } else { away.append(peer) }
        }
        return (report, away)
    }

    /// Of this node alone: quantiles of several cannot be added.
    private static func writeTimes(_ state: RolloutCounts.State?, into writer: inout JSONWriter) {
        writer.key("milliseconds")
        writer.beginObject()
        for (name, times) in [("cache", state?.cacheTimes), ("main", state?.mainTimes)] {
            writer.key(name)
            writer.beginObject()
            for (label, share) in [("p50", 0.5), ("p99", 0.99)] {
                guard let time = times?.quantile(share) else { continue }
                writer.key(label)
                writer.double((time / .milliseconds(1) * 1_000).rounded() / 1_000)
            }
            writer.endObject()
        }
        writer.endObject()
    }

    /// What this node's guards look at.
    private static func write(_ figures: RolloutFigures, into writer: inout JSONWriter) {
        writer.key("figures")
        writer.beginObject()
        writer.member("compared", Int64(figures.compared))
        writer.member("different", Int64(figures.different))
        writer.member("calls", Int64(figures.calls))
        writer.member("errors", Int64(figures.errors))
        if let latency = figures.latency {
            writer.key("p99Milliseconds")
            writer.double((latency / .milliseconds(1) * 1_000).rounded() / 1_000)
        }
        writer.member("dead", Int64(figures.dead))
        writer.endObject()
    }

    private static func write(_ samples: [RolloutCounts.Sample], into writer: inout JSONWriter) {
        writer.key("samples")
        writer.beginArray()
        for sample in samples {
            writer.beginObject()
            writer.member("key", String(decoding: sample.key.bytes, as: UTF8.self))
            writer.member("at", sample.at.text)
            writer.member("pointer", sample.pointer)
            writer.member("main", String(decoding: sample.main, as: UTF8.self))
            writer.member("cache", String(decoding: sample.cache, as: UTF8.self))
            writer.endObject()
        }
        writer.endArray()
    }
}
