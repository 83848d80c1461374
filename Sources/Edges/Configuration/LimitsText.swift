public import Invalidations

// Texts of limits, as the configuration writes them.
extension EdgeLimits {
    /// As a configuration says it, on one line: `requests 10/s (burst 1), bytes 1000000/s`; empty without limits.
    public var text: String {
        [("requests", requests), ("items", items), ("bytes", bytes)]
            .compactMap { name, rate in rate.map { "\(name) \($0.text)" } }
            .joined(separator: ", ")
    }
}

extension Rate {
    /// With the burst only where it is not what follows from the rate.
    var text: String {
        let burst = burst == Rate(perSecond: perSecond).burst ? "" : " (burst \(Int(burst)))"
        return perTime + burst
    }

    /// In the shortest time that gives a whole number.
    private var perTime: String {
        for (time, seconds) in [("s", 1.0), ("min", 60.0)] {
            let amount = perSecond * seconds
            // What was divided by 60 and comes back is whole but for the last bits.
            if abs(amount - amount.rounded()) < 1e-6 { return "\(Int(amount.rounded()))/\(time)" }
        }
        return "\(Int((perSecond * 3_600).rounded()))/h"
    }
}

extension EdgeConfiguration {
    /// What it is held to, on one line: its own limits and those it shares; empty without any.
    ///
    /// - Parameter accounts: those of the same configuration.
    public func limitsText(accounts: [AccountProfile]) -> String {
        let shared = pace.account.map { "account \(accounts[$0].name): \(accounts[$0].limits.text)" }
        return [pace.limits.text, shared ?? ""].filter { !$0.isEmpty }.joined(separator: "; ")
    }
}
