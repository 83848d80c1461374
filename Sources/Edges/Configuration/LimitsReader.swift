internal import Invalidations
internal import Runtime

/// Reads the group `limits` of an edge or an account: a rate and a burst for requests, items and bytes.
enum LimitsReader {
    private enum Measure: String, CaseIterable {
        case requests, items, bytes

        var burst: String { "\(rawValue)Burst" }
    }

    private static let burstMax = 1_000_000_000

    /// - Parameter defaults: what holds where the group says nothing; `none` lifts a limit.
    static func read(
        _ section: ConfigurationSection, defaults: EdgeLimits = EdgeLimits()
    ) throws(ConfigurationError) -> EdgeLimits {
        guard let inner = try section.section("limits") else { return defaults }
        try inner.allow(Measure.allCases.flatMap { [$0.rawValue, $0.burst] })
        return EdgeLimits(
            requests: try rate(inner, .requests, default: defaults.requests),
            items: try rate(inner, .items, default: defaults.items),
            bytes: try rate(inner, .bytes, default: defaults.bytes))
    }

    private static func rate(
        _ inner: ConfigurationSection, _ measure: Measure, default: Rate?
    ) throws(ConfigurationError) -> Rate? {
        var rate = `default`
        if let value = try inner.optional(measure.rawValue) {
            rate = value.text == "none" ? nil : Rate(perSecond: try perSecond(value, measure))
        }
        guard let burst = try inner.optional(measure.burst) else { return rate }
        guard let rate else {
            throw burst.invalid(
                "of any use without a rate", hint: "set \(measure.rawValue), such as \(measure.rawValue): 50/s")
        }
        let amount =
            measure == .bytes ? try burst.byteCount(in: 1...burstMax) : try burst.int(in: 1...burstMax)
        return Rate(perSecond: rate.perSecond, burst: Double(amount))
    }

    private static func perSecond(
        _ value: ConfigurationValue, _ measure: Measure
    ) throws(ConfigurationError) -> Double {
        measure == .bytes ? try value.byteRate() : try value.rate()
    }
}
