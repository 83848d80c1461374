import JSON

/// Figures of a cache node as people read them.
enum CacheStatsText {
    static func text(_ root: JSONValue) throws -> String {
        guard let namespaces = root["namespaces"], let limit = root["limitBytes"]?.int64 else {
            throw JSONError(message: "the answer has no figures of a cache")
        }
        var table = Table(["NAMESPACE", "ENTRIES", "OF", "BYTES", "OF", "HITS", "MISSES"])
        namespaces.forEachElement { one in
            table.add([
                one["namespace"]?.string ?? "", number(one["entries"]), one["entriesMax"].map(number) ?? "-",
                number(one["bytes"]), one["bytesMax"].map(number) ?? "-", number(one["hits"]), number(one["misses"]),
            ])
        }
        let durability = root["durability"]?.string.map { ", durability: \($0)" } ?? ""
        let saved = root["savedBytes"]?.int64.map { $0 > 0 ? ", \($0) bytes saved by compression" : "" } ?? ""
        let all = "\(number(root["entries"])) entries, \(number(root["bytes"])) of \(limit) bytes\(saved)\(durability)"
        return namespaces.count == 0 ? all : table.text + "\n\(all)"
    }

    private static func number(_ value: JSONValue?) -> String { "\(value?.int64 ?? 0)" }
}
