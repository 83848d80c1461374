internal import Foundation
internal import Synchronization

/// Runs many seeds, on several threads.
public enum SeedSearch {
    /// - Parameters:
    ///   - seeds: not empty.
    ///   - threads: how many at a time.
    ///   - body: called for each result, in the order of the seeds, one at a time; false ends the search.
    public static func run(
        _ seeds: ClosedRange<UInt64>, threads: Int, _ body: @escaping @Sendable (SimulationResult) -> Bool
    ) {
        let desk = SearchDesk(seeds, body)
        let group = DispatchGroup()
        for _ in 0..<max(1, threads) {
            group.enter()
            let thread = Thread {
                while let seed = desk.next() { desk.finish(Simulation.run(seed: seed)) }
                group.leave()
            }
            thread.stackSize = 4 << 20
            thread.start()
        }
        group.wait()
    }
}

/// Hands seeds out and results on.
private final class SearchDesk: Sendable {
    private struct State {
        var next: UInt64?
        var reported: UInt64
        var waiting: [UInt64: SimulationResult] = [:]
    }

    /// Threads run ahead of the slowest by no more than this, so that no results pile up.
    private static let ahead: UInt64 = 4_096

    private let last: UInt64
    private let body: @Sendable (SimulationResult) -> Bool
    private let state: Mutex<State>

    init(_ seeds: ClosedRange<UInt64>, _ body: @escaping @Sendable (SimulationResult) -> Bool) {
        last = seeds.upperBound
        self.body = body
        state = Mutex(State(next: seeds.lowerBound, reported: seeds.lowerBound))
    }

    func next() -> UInt64? {
        while true {
            let (seed, isTooFar) = state.withLock { state -> (UInt64?, Bool) in
                guard let seed = state.next else { return (nil, false) }
                guard seed - state.reported < Self.ahead else { return (nil, true) }
                state.next = seed < last ? seed + 1 : nil
                return (seed, false)
            }
            guard isTooFar else { return seed }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    func finish(_ result: SimulationResult) {
        state.withLock { state in
            state.waiting[result.seed] = result
            while let result = state.waiting.removeValue(forKey: state.reported) {
                if !body(result) { state.next = nil }
                guard state.reported < last else { return }
                state.reported += 1
            }
        }
    }
}
