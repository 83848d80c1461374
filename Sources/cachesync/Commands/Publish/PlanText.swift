import JSON
import Runtime

/// What publishing would come to, as text.
enum PlanText {
    /// - Parameter answer: the gateway's.
    static func text(of answer: [UInt8]) throws -> String {
        do {
            return try JSONParser(bytesMax: 4 << 20).parse(answer, describe)
        } catch {
            throw CommandError(.unavailable, "what answered is no plan: \(error)")
        }
    }

    private static func describe(_ root: JSONValue) throws -> String {
        guard root["plan"]?.bool == true, let edges = root["edges"] else {
            throw JSONError(message: "the answer has no plan; the gateway may be of an earlier version")
        }
        var lines = ["\(root["calls"]?.int64 ?? 0) calls in all; nothing was published"]
        edges.forEachElement { lines.append(line($0)) }
        root["items"]?.forEachElement { item in
            item["warnings"]?.forEachElement { warning in
                lines.append("  warning: \(warning["field"]?.string ?? ""): \(warning["message"]?.string ?? "")")
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func line(_ edge: JSONValue) -> String {
        let name = edge["edge"]?.string ?? ""
        guard edge["requests"]?.int64 ?? 0 > 0 else { return "  at \(name): nothing, it takes no such selectors" }
        let kinds: [StaticString] = ["tags", "urls", "prefixes", "everything"]
        let selectors = kinds.compactMap { kind -> String? in
            let count = edge["selectors"]?[kind]?.int64 ?? 0
            return count > 0 ? "\(count) \(kind)" : nil
        }
        var text = "  at \(name): \(edge["calls"]?.int64 ?? 0) calls for \(selectors.joined(separator: ", "))"
        if let seconds = edge["seconds"]?.double { text += ", about \(seconds) s at its limits" }
        if edge["softAsHard"]?.int64 ?? 0 > 0 { text += "; hard, because it knows no soft purge" }
        if edge["deadLetters"]?.int64 ?? 0 > 0 { text += "; a dead letter for what it cannot purge" }
        return text
    }
}
