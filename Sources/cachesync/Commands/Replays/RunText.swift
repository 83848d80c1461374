import Invalidations
import JSON
import Replays

/// Plans of runs as text and as JSON.
enum RunText {
    private static let (hoursMax, namesMax, barWidth) = (48, 10, Int64(40))

    /// - Parameter gone: what retention has taken of the ranges.
    static func plan(_ plan: PlanReport, gone: [String]) -> String {
        let counts = plan.counts
        var lines = ["\(counts.read) records read, \(counts.matched) matched"]
        lines.append(
            "  to publish \(counts.published), done already \(counts.done), superseded \(counts.superseded), "
                + "expired \(counts.expired), quarantined \(counts.quarantined)")
        if counts.published > 0 {
            let least = plan.isLowerBound == true ? "at least " : ""
            lines.append("  different selectors: \(least)\(plan.distinctSelectors)")
        }
        if let oldest = plan.oldest, let newest = plan.newest {
            lines.append("  from \(oldest.time.text) to \(newest.time.text)")
        }
        lines += section("class", plan.byClass)
        lines += section("namespace", plan.byNamespace)
        lines += edges(plan.byEdge)
        lines += hours(plan.byHour)
        lines += gone.map { "  gone: \($0)" }
        return lines.joined(separator: "\n")
    }

    private static func section(_ name: String, _ counts: [String: Int64]) -> [String] {
        guard !counts.isEmpty else { return [] }
        let sorted = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        let shown = sorted.prefix(namesMax).map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let others = sorted.count > namesMax ? " and \(sorted.count - namesMax) others" : ""
        return ["  by \(name): \(shown)\(others)"]
    }

    private static func edges(_ costs: [String: PlanReport.EdgeCost]) -> [String] {
        costs.sorted { $0.key < $1.key }.map { edge, cost in
            let time = cost.seconds.map { ", about \(Int64(clampingRounded: $0)) s at its limits" } ?? ""
            return "  at \(edge): \(cost.requests) requests, \(cost.calls) calls\(time)"
        }
    }

    private static func hours(_ counts: [String: Int64]) -> [String] {
        guard counts.count > 1 else { return [] }
        let most = max(1, counts.values.max() ?? 1)
        let lines = counts.sorted { $0.key < $1.key }.suffix(hoursMax).map { hour, count in
            let width = max(1, count.multipliedFullWidth(by: barWidth).high == 0 ? count * barWidth / most : barWidth)
            return "    \(hour.prefix(13))h  \(String(repeating: "#", count: Int(min(width, barWidth)))) \(count)"
        }
        return ["  by hour:"] + lines
    }

    /// One object: the run, the counts, and the members of the plan.
    static func json(_ report: RunReport, _ document: [UInt8]) throws -> [UInt8] {
        let gone = report.order?.spec.gone ?? []
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("run", report.run)
        try JSONParser(bytesMax: 8 << 20).parse(document) { root in
            let plan = root["plan"]
            for part in [plan?["counts"], plan] {
                part?.forEachMember { name, value in
                    guard name.string != "counts" else { return }
                    writer.key(name.string)
                    writer.copy(value)
                }
            }
        }
        writer.member("gone", gone)
        writer.member("isComplete", gone.isEmpty)
        writer.endObject()
        return writer.bytes
    }

    /// The run's document without what is long.
    static func summary(_ document: [UInt8]) throws -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        try JSONParser(bytesMax: 8 << 20).parse(document) { root in
            root.forEachMember { name, value in
                guard !["order", "plan", "state"].contains(name.string) else { return }
                writer.key(name.string)
                writer.copy(value)
            }
        }
        writer.endObject()
        return writer.bytes
    }
}

extension Int64 {
    /// The nearest whole number; the largest or smallest where it lies beyond, and 0 for none.
    fileprivate init(clampingRounded value: Double) {
        let rounded = value.rounded()
        self = Int64(exactly: rounded) ?? (rounded.isNaN ? 0 : rounded > 0 ? .max : .min)
    }
}
