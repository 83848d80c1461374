internal import Caches
internal import JSON

/// The guards of a rollout as JSON, in records and in orders.
enum RolloutGuardsForm {
    private static let latencyMillisecondsMax: Int64 = 3_600_000

    /// - Returns: nil where there are none.
    static func read(_ value: JSONValue?) throws(CallRefusal) -> RolloutGuards? {
        guard let value, !value.isNull else { return nil }
        guard value.kind == .object else { throw CallRefusal(400, "guards must be an object") }
        var guards = RolloutGuards()
        guards.mismatchMax = try percent("mismatchMax", value)
        guards.errorsMax = try percent("errorsMax", value)
        if let latency = value["p99Milliseconds"], !latency.isNull {
            guard let milliseconds = latency.int64, (1...latencyMillisecondsMax).contains(milliseconds) else {
                throw CallRefusal(400, "guards.p99Milliseconds must be 1 to \(latencyMillisecondsMax)")
            }
            guards.latencyMax = .milliseconds(milliseconds)
        }
        guards.allowsDead = try value.truth("allowDead") ?? guards.allowsDead
        if let samples = value["samplesMin"], !samples.isNull {
            guard let count = samples.int64, (1...Int64(RolloutCounts.windowMax)).contains(count) else {
                throw CallRefusal(400, "guards.samplesMin must be 1 to \(RolloutCounts.windowMax)")
            }
            guards.samplesMin = Int(count)
        }
        if let action = try value.text("action") {
            guard let action = RolloutGuards.Action(rawValue: action) else {
                throw CallRefusal(400, "guards.action must be stop or back")
            }
            guards.action = action
        }
        return guards
    }

    private static func percent(_ name: StaticString, _ object: JSONValue) throws(CallRefusal) -> Double? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let percent = value.double, (0...100).contains(percent) else {
            throw CallRefusal(400, "guards.\(name) must be a percentage")
        }
        return percent
    }

    static func write(_ guards: RolloutGuards, into writer: inout JSONWriter) {
        writer.beginObject()
        // With all their digits: who gave them finds the record that counts by comparing the two.
        for (name, percent) in [("mismatchMax", guards.mismatchMax), ("errorsMax", guards.errorsMax)] {
            guard let percent else { continue }
            writer.key(name)
            writer.double(percent)
        }
        if let latency = guards.latencyMax { writer.member("p99Milliseconds", Int64(latency / .milliseconds(1))) }
        if guards.allowsDead { writer.member("allowDead", true) }
        writer.member("samplesMin", Int64(guards.samplesMin))
        writer.member("action", guards.action.rawValue)
        writer.endObject()
    }
}
