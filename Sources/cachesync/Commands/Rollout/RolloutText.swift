import JSON

/// A rollout's status as people read it.
struct RolloutText {
    let phase: String
    /// Keys that the database still needs, at the nodes that answer.
    let dirty: Int64
    /// Whether the nodes know of all that they have to flush.
    let isComplete: Bool
    let text: String

    init(_ root: JSONValue) throws {
        guard let phase = root["phase"]?.string, let counts = root["counts"], let dirty = root["dirty"]?.int64 else {
            throw JSONError(message: "the answer has no status of a rollout")
        }
        (self.phase, self.dirty) = (phase, dirty)
        isComplete = root["restoring"]?.int64 == 0 && root["away"] == nil
        var lines = ["\(root["namespace"]?.string ?? ""): \(phase)" + Self.shares(root)]
        if let by = root["by"]?.string {
            let reason = root["reason"]?.string.map { ": \($0)" } ?? ""
            lines.append("changed by \(by) at \(root["at"]?.string ?? "")\(reason)")
        }
        func number(_ name: StaticString) -> Int64 { counts[name]?.int64 ?? 0 }
        lines.append(
            "compared \(number("compared")): \(number("equal")) equal, \(number("noise")) noise, "
                + "\(number("late")) late, \(number("different")) different; \(number("failed")) failed, "
                + "\(number("shed")) shed")
        lines.append("answered by the cache \(number("cacheCalls")), by the main API \(number("mainCalls"))")
        lines += Self.times(root["milliseconds"])
        lines.append("waiting for the database: \(dirty) keys; dead letters: \(number("dead"))")
        if let guards = root["guards"] { lines.append("guards: " + Self.guards(guards)) }
        root["away"]?.forEachElement { lines.append("no answer from \($0.string ?? "")") }
        root["samples"]?.forEachElement { lines.append(Self.sample($0)) }
        text = lines.joined(separator: "\n")
    }

    private static func shares(_ root: JSONValue) -> String {
        guard let now = root["now"], let phase = root["phase"]?.string, phase != "off" else { return "" }
        let reads = "\(percent(now["reads"])) of the reads" + (phase == "shadow" ? " are compared" : "")
        guard phase == "writes" || phase == "cutover" else { return ", \(reads)" }
        return ", \(reads), \(percent(now["writes"])) of the writes"
    }

    private static func percent(_ value: JSONValue?) -> String {
        let number = value?.double ?? 0
        return (number == number.rounded() ? "\(Int(number))" : "\(number)") + "%"
    }

    private static func times(_ times: JSONValue?) -> [String] {
        [("cache", times?["cache"]), ("main API", times?["main"])].compactMap { name, quantiles in
            guard let half = quantiles?["p50"]?.double, let most = quantiles?["p99"]?.double else { return nil }
            return "\(name): p50 \(half) ms, p99 \(most) ms"
        }
    }

    private static func guards(_ guards: JSONValue) -> String {
        var texts: [String] = []
        if let share = guards["mismatchMax"] { texts.append("mismatch \(percent(share))") }
        if let share = guards["errorsMax"] { texts.append("errors \(percent(share))") }
        if let time = guards["p99Milliseconds"]?.int64 { texts.append("p99 \(time) ms") }
        if guards["allowDead"]?.bool != true { texts.append("no dead letters") }
        let action = guards["action"]?.string ?? "back"
        return (texts.isEmpty ? "none" : texts.joined(separator: ", ")) + ", else \(action)"
    }

    private static func sample(_ sample: JSONValue) -> String {
        func text(_ name: StaticString) -> String { sample[name]?.string ?? "" }
        return "\(text("at")) \(text("key")) at \"\(text("pointer"))\"\n"
            + "  main:  \(text("main"))\n  cache: \(text("cache"))"
    }
}
