/// Metrics of several processes in one text, in the format of Prometheus.
struct MergedMetrics {
    /// What is of workers and their edges.
    private static let prefixes = ["cachesync_edge_", "cachesync_worker_", "cachesync_request_", "cachesync_consumer_"]
    private static let reachable = "cachesync_worker_reachable"
    private static let familiesMax = 1_000

    private struct Family {
        /// Its help and its type.
        var head: [Substring] = []
        var samples = ""
    }

    private var families: [Substring: Family] = [:]
    private var reachability = ""

    /// - Parameters:
    ///   - text: nil where the process gave none.
    ///   - instance: its address.
    mutating func add(_ text: String?, of instance: String) {
        reachability += "\(Self.reachable){instance=\"\(instance)\"} \(text == nil ? 0 : 1)\n"
        var family: Substring = ""
        for line in text?.split(separator: "\n") ?? [] {
            if line.hasPrefix("# ") {
                let words = line.split(separator: " ", maxSplits: 3)
                guard words.count == 4, words[1] == "HELP" || words[1] == "TYPE" else { continue }
                family = words[2]
                guard isMeant(family) else { continue }
                var head = families[family]?.head ?? []
                if !head.contains(where: { $0.hasPrefix("# \(words[1]) ") }) { head.append(line) }
                families[family, default: Family()].head = head
            } else if isMeant(family), line.hasPrefix(family), let sample = Self.labelled(line, instance) {
                families[family]?.samples += sample
            }
        }
    }

    /// Families by name.
    var text: String {
        var text = "# HELP \(Self.reachable) Whether the process answered, 1 or 0.\n# TYPE \(Self.reachable) gauge\n"
        text += reachability
        for (_, family) in families.sorted(by: { $0.key < $1.key }) where !family.samples.isEmpty {
            text += family.head.joined(separator: "\n") + "\n" + family.samples
        }
        return text
    }

    private func isMeant(_ family: Substring) -> Bool {
        guard Self.prefixes.contains(where: family.hasPrefix) else { return false }
        return families[family] != nil || families.count < Self.familiesMax
    }

    /// - Returns: nil for what is no sample.
    private static func labelled(_ line: Substring, _ instance: String) -> String? {
        guard let end = line.firstIndex(where: { $0 == "{" || $0 == " " }), let last = line.lastIndex(of: " "),
            Double(line[line.index(after: last)...]) != nil || line.hasSuffix("+Inf") || line.hasSuffix("NaN")
        else { return nil }
        let label = "instance=\"\(instance)\""
        let tail = line[line.index(after: end)...]
        if line[end] == " " { return "\(line[..<end]){\(label)} \(tail)\n" }
        return "\(line[..<end]){\(label)\(tail.first == "}" ? "" : ",")\(tail)\n"
    }
}
