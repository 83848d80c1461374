import Foundation

/// What the core costs: a record in the usual case, and how that grows with namespaces and edges.
struct CoreReport {
    let records: Int
    /// For a profiler: the usual case alone.
    var isUsualOnly = false

    func run() {
        print("The core in memory: decode, lanes, offsets, progress; edges answer at once; one thread")
        if isUsualOnly {
            return _ = row("16 partitions, 1,000 namespaces, 1 edge", CoreBenchmark.Load(records: records))
        }
        let usual = row("16 partitions, 1,000 namespaces, 1 edge", CoreBenchmark.Load(records: records))
        grows(
            "namespaces 1,000 to 1,000,000", from: usual,
            to: row("1,000,000 namespaces, 1 edge", load { $0.namespaces = 1_000_000 }))
        let few = row("1,000 namespaces, 10 edges, 1 for each", load { $0.edges = 10 })
        grows(
            "edges 10 to 1,000, one for each namespace", from: few,
            to: row("1,000 namespaces, 1,000 edges, 1 for each", load { $0.edges = 1_000 }))
        let ten = row(
            "1,000 namespaces, 10 edges, all for all", load(parts: 10) { ($0.edges, $0.edgesPerNamespace) = (10, 10) })
        let thousand = row(
            "1,000 namespaces, 500 edges, all for all",
            load(parts: 500) { ($0.edges, $0.edgesPerNamespace) = (500, 500) })
        let growth = thousand.microsecondsPerRecord / 500 / (ten.microsecondsPerRecord / 10)
        print(String(format: "cost of a part, edges 10 to 500: %.2f times", growth))
    }

    private func load(parts: Int = 1, _ change: (inout CoreBenchmark.Load) -> Void) -> CoreBenchmark.Load {
        var load = CoreBenchmark.Load(records: max(2_000, records / parts))
        change(&load)
        return load
    }

    private func row(_ name: String, _ load: CoreBenchmark.Load) -> CoreBenchmark.Result {
        let result = CoreBenchmark(load: load).run()
        print(
            name.padding(toLength: 44, withPad: " ", startingAt: 0)
                + String(
                    format: "%10.0f records/s %8.2f µs a record, %.2f purges a record", result.recordsPerSecond,
                    result.microsecondsPerRecord, Double(result.purges) / Double(load.records)))
        return result
    }

    private func grows(_ what: String, from: CoreBenchmark.Result, to: CoreBenchmark.Result) {
        print(String(format: "\(what): %.2f times", to.microsecondsPerRecord / from.microsecondsPerRecord))
    }
}
