import Edges
import Invalidations
import Runtime
import TestSupport

/// A purge engine on its own loop, run until its batches have ended.
final class EngineHarness {
    let loop: EventLoop
    let engine: PurgeEngine
    private(set) var outcomes: [UInt64: PurgeOutcome] = [:]
    /// In the order the outcomes came.
    private(set) var finished: [UInt64] = []
    /// What the edges asked for beside.
    private(set) var pauses: [UInt64: Duration] = [:]

    private(set) var checks: [(edge: Int, check: EdgeCheck)] = []
    private var checksAwaited = 0

    init(_ edges: [EdgeConfiguration]) throws {
        loop = try EventLoop()
        engine = try PurgeEngine(loop: loop, edges: edges)
        engine.onOutcome = { [unowned self] id, outcome, pause in
            precondition(outcomes[id] == nil, "reported twice")
            outcomes[id] = outcome
            pauses[id] = pause
            finished.append(id)
            if engine.pending == 0, checks.count >= checksAwaited { loop.stop() }
        }
        engine.onChecked = { [unowned self] edge, check in
            checks.append((edge, check))
            if engine.pending == 0, checks.count >= checksAwaited { loop.stop() }
        }
    }

    /// The answers of so many checks of an edge, in the order they came.
    func check(_ edge: Int = 0, times: Int = 1) throws -> [EdgeCheck] {
        (checks, checksAwaited) = ([], times)
        for _ in 0..<times { engine.check(edge: edge) }
        precondition(checks.isEmpty, "reported from within check")
        try loop.run(within: .seconds(60))
        return checks.filter { $0.edge == edge }.map(\.check)
    }

    /// The outcomes in the order of the batches.
    func purge(_ batches: [(edge: Int, batch: PurgeBatch)]) throws -> [PurgeOutcome] {
        (outcomes, finished, pauses) = ([:], [], [:])
        for (index, entry) in batches.enumerated() {
            engine.submit(id: UInt64(index), edge: entry.edge, batch: entry.batch)
        }
        precondition(outcomes.isEmpty, "reported from within submit")
        try loop.run(within: .seconds(60))
        return try batches.indices.map { index in
            guard let outcome = outcomes[UInt64(index)] else { throw Missing(description: "batch \(index)") }
            return outcome
        }
    }

    func purge(_ selectors: Selectors..., mode: PurgeMode = .hard, edge: Int = 0) throws -> PurgeOutcome {
        try purge([(edge, batch(selectors, mode: mode))])[0]
    }

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }
}

func edge(
    _ adapter: any EdgeAdapter, at address: EdgeAddress, credentials: EdgeCredentials = .none,
    accepts: SelectorKinds? = nil, timeout: Duration = .seconds(20), connections: Int = 8,
    pipelining: Bool = false
) -> EdgeConfiguration {
    var edge = EdgeConfiguration(
        name: "edge", adapterName: "test", adapter: adapter, address: address, credentials: credentials,
        accepts: accepts,
        timeout: timeout, connections: connections)
    edge.pipelining = pipelining
    return edge
}

extension EdgeAddress {
    static func local(_ port: Int) -> EdgeAddress { EdgeAddress("http://127.0.0.1:\(port)")! }
}
