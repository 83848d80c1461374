internal import HTTP
internal import Invalidations
internal import Runtime

// Checks: markers that the edge is asked to purge. Their calls do not wait for the edge's connections.
extension PurgeEngine {
    /// Names a call of a check to the client; a bit that no batch's token has tells them apart.
    struct CheckToken {
        let edge: Int
        let run: Int

        private static let mark: UInt64 = 1 << 63

        init(edge: Int, run: Int) {
            (self.edge, self.run) = (edge, run)
        }

        init?(_ token: UInt64) {
            guard token & Self.mark != 0 else { return nil }
            (edge, run) = (Int((token & ~Self.mark) >> 16), Int(token & 0xFFFF))
        }

        var value: UInt64 { Self.mark | UInt64(edge) << 16 | UInt64(run) }
    }

    /// Begins a check of those kinds, unless one is under way.
    func prove(_ kinds: SelectorKinds, at edge: Int) {
        lines[edge].toProve.formUnion(kinds)
        beginCheck(edge)
    }

    func beginCheck(_ edge: Int) {
        guard lines[edge].checking == nil, !isCancelling else { return }
        let asked = lines[edge].checksWanted
        let kinds: SelectorKinds = asked > 0 ? .all : lines[edge].toProve
        guard !kinds.isEmpty else { return }
        (lines[edge].checksWanted, lines[edge].toProve) = (0, [])
        let configuration = lines[edge].edge
        let token = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let runs = configuration.probes(token).filter { !$0.kinds.isDisjoint(with: kinds) && $0.mode == .hard }
            .map { ProbeRun($0, at: configuration, fetches: !lines[edge].unproven(of: $0.kinds).isEmpty) }
        lines[edge].checking = EdgeLine.Checking(kinds: kinds, runs: runs, open: runs.count, asked: asked)
        for run in runs.indices { sendProbe(edge, run) }
        // The answer never comes from within the question.
        if runs.isEmpty { checksEnded.append(edge) }
        if !checksEnded.isEmpty { ending?.schedule(after: .zero) }
    }

    private func sendProbe(_ edge: Int, _ run: Int) {
        guard let probe = lines[edge].checking?.runs[run], let call = probe.call else { return }
        let request = lines[edge].request(call, timeout: probe.timeout)
        client.send(request, token: CheckToken(edge: edge, run: run).value)
    }

    func checked(_ token: CheckToken, _ result: HTTPClientResult) {
        guard !isCancelling, lines[token.edge].checking != nil else { return }
        lines[token.edge].checking?.runs[token.run].record(result)
        guard let run = lines[token.edge].checking?.runs[token.run] else { return }
        guard run.call == nil else { return sendProbe(token.edge, token.run) }
        lines[token.edge].recordProbe(run)
        lines[token.edge].checking?.open -= 1
        if lines[token.edge].checking?.open == 0 { endCheck(token.edge) }
    }

    func endChecks() {
        let edges = checksEnded
        checksEnded = []
        for edge in edges { endCheck(edge) }
    }

    private func endCheck(_ edge: Int) {
        guard let checking = lines[edge].checking else { return }
        lines[edge].checking = nil
        let check = EdgeCheck(
            answers: checking.runs.map { EdgeCheck.Answer($0.probe.kinds, failure: $0.failure) })
        proofEnded(edge, checking.kinds, checking.runs.compactMap(\.failure))
        beginCheck(edge)
        for _ in 0..<checking.asked { onChecked?(edge, check) }
    }

    func forgetChecks(_ edge: Int) {
        lines[edge].checking = nil
        lines[edge].checksWanted = 0
        lines[edge].toProve = []
        lines[edge].unproven = []
    }
}
