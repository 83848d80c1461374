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
        let service = SearchResults(seeds, body)
        let group = DispatchGroup()
        for _ in 0..<max(1, threads) {
            group.enter()
            let thread = Thread {
                while let seed = service.next() { service.finish(Simulation.run(seed: seed)) }
                group.leave()
            }
            thread.stackSize = 4 << 20
            thread.start()
        }
        group.wait()
    }
}

/// Hands seeds out and results on.
private final class SearchResults: Sendable {
    private struct State {
        var next: UInt64?
        var reported: UInt64
        var waiting: [UInt64: SimulationResult] = [:]
    }

    /// Threads run ahead of the slowest by no more than this, so that no results pile up.
    private static let ahead = 4_096

    private let last: UInt64
    private let body: @Sendable (SimulationResult) -> Bool
    private let state: Mutex<State>
    /// Seeds that may be handed out before another result is handed on.
    private let slots = DispatchSemaphore(value: SearchResults.ahead)

    init(_ seeds: ClosedRange<UInt64>, _ body: @escaping @Sendable (SimulationResult) -> Bool) {
        last = seeds.upperBound
        self.body = body
        state = Mutex(State(next: seeds.lowerBound, reported: seeds.lowerBound))
    }

    func next() -> UInt64? {
        slots.wait()
        return state.withLock { state in
            guard let seed = state.next else {
                slots.signal()
                return nil
            }
            state.next = seed < last ? seed + 1 : nil
            return seed
        }
    }

    func finish(_ result: SimulationResult) {
        state.withLock { state in
            state.waiting[result.seed] = result
            while let result = state.waiting.removeValue(forKey: state.reported) {
                slots.signal()
                if !body(result) { state.next = nil }
                guard state.reported < last else { return }
                state.reported += 1
            }
        }
    }
}
