import Foundation
import Invalidations
import JSON
import Kafka
import Replayer
import Replays

/// Plans and runs as text and as JSON.
enum RunText {
    static func plan(_ plan: RunPlan, _ ranges: [ResolvedRange]) -> String {
        let counts = plan.counts
        var lines = ["\(counts.read) records read, \(counts.matched) matched"]
        lines.append(
            "  to publish \(counts.published), done already \(counts.done), expired \(counts.expired), "
                + "quarantined \(counts.quarantined)")
        if counts.published > 0 { lines.append("  different selectors: \(plan.distinctSelectors)") }
        if let oldest = plan.oldest, let newest = plan.newest {
            lines.append("  from \(oldest.text) to \(newest.text)")
        }
        lines += section("class", plan.byClass)
        lines += section("namespace", plan.byNamespace)
        lines += section("edge", plan.byEdge)
        let hours = plan.byHour.sorted { $0.key < $1.key }
        if hours.count > 1 {
            let most = hours.map(\.value).max() ?? 1
            lines.append("  by hour:")
            for (hour, count) in hours.suffix(48) {
                let bar = String(repeating: "#", count: max(1, Int(count * 40 / max(1, most))))
                lines.append("    \(Timestamp(milliseconds: hour).text.prefix(13))h  \(bar) \(count)")
            }
        }
        lines += missing(ranges)
        return lines.joined(separator: "\n")
    }

    private static func section(_ name: String, _ counts: [String: Int64]) -> [String] {
        guard !counts.isEmpty else { return [] }
        let sorted = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        let shown = sorted.prefix(10).map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return ["  by \(name): \(shown)\(sorted.count > 10 ? " and \(sorted.count - 10) others" : "")"]
    }

    /// What retention has taken of the range, in words.
    static func missing(_ ranges: [ResolvedRange]) -> [String] {
        ranges.compactMap { range in
            switch range.missing {
            case nil: nil
            case .offsets(let gone):
                "  gone: offsets \(gone.lowerBound) to \(gone.upperBound) of \(range.range.partition)"
            case .times(let gone):
                "  gone: \(range.range.partition) holds nothing from before "
                    + Timestamp(milliseconds: gone.upperBound).text
            case .unknown: "  gone: \(range.range.partition) is empty, and has held records"
            }
        }
    }

    static func json(_ plan: RunPlan, _ ranges: [ResolvedRange]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        write(plan.counts, to: &writer)
        writer.member("distinctSelectors", Int64(plan.distinctSelectors))
        write("byClass", plan.byClass, to: &writer)
        write("byNamespace", plan.byNamespace, to: &writer)
        write("byEdge", plan.byEdge, to: &writer)
        write(
            "byHour",
            Dictionary(uniqueKeysWithValues: plan.byHour.map { (Timestamp(milliseconds: $0.key).text, $0.value) }),
            to: &writer)
        writer.member("isComplete", ranges.allSatisfy { $0.missing == nil })
        writer.endObject()
        return writer.bytes
    }

    static func write(_ counts: RunState.Counts, to writer: inout JSONWriter) {
        writer.member("read", counts.read)
        writer.member("matched", counts.matched)
        writer.member("published", counts.published)
        writer.member("done", counts.done)
        writer.member("expired", counts.expired)
        writer.member("quarantined", counts.quarantined)
        writer.member("lost", counts.lost)
    }

    private static func write(_ name: String, _ counts: [String: Int64], to writer: inout JSONWriter) {
        writer.key(name)
        writer.beginObject()
        for (key, count) in counts.sorted(by: { $0.key < $1.key }) {
            writer.key(key)
            writer.integer(count)
        }
        writer.endObject()
    }

    static func line(_ run: RunTable.Run) -> String {
        let counts = run.state?.counts ?? RunState.Counts()
        var text = "\(run.phase.rawValue): \(counts.read) read, \(counts.published) published"
        if counts.done > 0 { text += ", \(counts.done) done already" }
        if counts.quarantined > 0 { text += ", \(counts.quarantined) quarantined" }
        if counts.lost > 0 { text += ", \(counts.lost) lost to retention" }
        if let reason = run.state?.reason { text += " (\(reason))" }
        return text
    }

    static func write(_ run: RunTable.Run, to writer: inout JSONWriter) {
        writer.member("run", run.id)
        writer.member("phase", run.phase.rawValue)
        if let order = run.order {
            writer.member("kind", order.kind.rawValue)
            writer.member("wanted", order.wanted.rawValue)
            writer.member("who", order.who)
            writer.member("reason", order.reason)
            writer.member("orderedAt", order.at.time.text)
        }
        if let state = run.state {
            write(state.counts, to: &writer)
            writer.member("epoch", Int64(state.epoch))
            writer.member("at", state.at.time.text)
            if let reason = state.reason { writer.member("why", reason) }
        }
    }
}
