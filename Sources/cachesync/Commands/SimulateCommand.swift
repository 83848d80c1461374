import Foundation
import JSON
import Runtime
import Simulation
import Synchronization

/// Runs worker loops in a simulated world: one seed with its trace, or a range of seeds.
struct SimulateCommand {
    private let settings: Settings
    private let arguments: Arguments

    /// More would only wait for processors.
    private static let threadsMax = 64

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
    }

    func run() throws -> ExitCode {
        switch (arguments.value("seed"), arguments.value("seeds")) {
        case (let seed?, nil): return replay(try number(seed))
        case (nil, let seeds?): return search(try range(seeds), threads: try threads())
        default:
            throw UsageError(
                "give --seed N for one run with its trace, or --seeds A..B for a search", command: "cachesync simulate")
        }
    }

    private func replay(_ seed: UInt64) -> ExitCode {
        let result = Simulation.run(seed: seed, isTraced: true)
        for line in result.trace {
            guard settings.isJSON else {
                Output.text(line.line)
                continue
            }
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("time", line.time)
            writer.member("kind", line.kind)
            writer.member("text", line.text)
            writer.endObject()
            Output.json(writer.bytes)
        }
        tell(result)
        return result.isClean ? .ok : .failure
    }

    private func search(_ seeds: ClosedRange<UInt64>, threads: Int) -> ExitCode {
        let service = SearchProgress(of: seeds)
        let begin = ContinuousClock.now
        SeedSearch.run(seeds, threads: threads) { result in
            service.addResult(result)
            if !result.isClean {
                service.clearLine()
                tell(result)
            }
            return true
        }
        let seconds = begin.duration(to: .now) / .seconds(1)
        let (clean, failed, counts) = service.finish()
        let rate = Double(clean + failed) / max(seconds, 0.001)
        Output.notice(
            String(
                format: "%d seeds in %.0f s (%.0f a second): %d clean, %d with a violation; "
                    + "%d purges, %d retry records, %d crashes",
                clean + failed, seconds, rate, clean, failed, counts.purges, counts.retryRecords, counts.crashes))
        return failed == 0 ? .ok : .failure
    }

    private func tell(_ result: SimulationResult) {
        if settings.isJSON {
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("seed", String(result.seed))
            writer.member("profile", result.scenarioProfile.rawValue)
            writer.member("clean", result.isClean)
            if let violation = result.violation {
                writer.member("checker", violation.checker)
                writer.member("violation", violation.text)
            }
            writer.member("purges", Int64(result.counts.purges))
            writer.member("retryRecords", Int64(result.counts.retryRecords))
            writer.member("deadLetters", Int64(result.counts.deadLetters))
            writer.endObject()
            return Output.json(writer.bytes)
        }
        if let violation = result.violation {
            Output.text(
                "seed \(result.seed) (\(result.scenarioProfile.rawValue)): \(violation.checker): \(violation.text)\n"
                    + "    see it happen: cachesync simulate --seed \(result.seed)")
        } else {
            let counts = result.counts
            Output.text(
                "seed \(result.seed) (\(result.scenarioProfile.rawValue)) is clean: \(counts.published) published, "
                    + "\(counts.purges) purges, \(counts.retryRecords) retry records, "
                    + "\(counts.deadLetters) dead letters, \(counts.crashes) crashes, "
                    + "\(counts.rebalances) rebalances")
        }
    }

    private func number(_ text: String) throws -> UInt64 {
        guard let number = UInt64(text) else {
            throw UsageError("\(text) is no seed: give a whole number from 0", command: "cachesync simulate")
        }
        return number
    }

    private func range(_ text: String) throws -> ClosedRange<UInt64> {
        let ends = text.components(separatedBy: "..")
        guard ends.count == 2, let first = UInt64(ends[0]), let last = UInt64(ends[1]), first <= last else {
            throw UsageError("\(text) is no range of seeds: write it like 1..1000", command: "cachesync simulate")
        }
        return first...last
    }

    private func threads() throws -> Int {
        guard let text = arguments.value("threads") else { return ProcessInfo.processInfo.activeProcessorCount }
        guard let threads = Int(text), (1...Self.threadsMax).contains(threads) else {
            throw UsageError(
                "--threads takes a whole number from 1 to \(Self.threadsMax)", command: "cachesync simulate")
        }
        return threads
    }
}

/// How far a search is, shown while it goes on.
private final class SearchProgress: Sendable {
    private struct State: ~Copyable {
        var line = ProgressLine()
        var clean = 0
        var failed = 0
        var counts = SimulationCounts()
    }

    private let all: UInt64
    private let state = Mutex(State())

    init(of seeds: ClosedRange<UInt64>) {
        all = seeds.upperBound - seeds.lowerBound + 1
    }

    func addResult(_ result: SimulationResult) {
        state.withLock { state in
            if result.isClean { state.clean += 1 } else { state.failed += 1 }
            state.counts = state.counts + result.counts
            state.line.update("\(state.clean + state.failed) of \(all) seeds, \(state.failed) with a violation")
        }
    }

    func clearLine() {
        state.withLock { $0.line.clear() }
    }

    func finish() -> (clean: Int, failed: Int, counts: SimulationCounts) {
        state.withLock { state in
            state.line.clear()
            return (state.clean, state.failed, state.counts)
        }
    }
}
