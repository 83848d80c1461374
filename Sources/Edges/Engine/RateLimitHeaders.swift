import Basics
package import HTTP
package import Invalidations

/// How long an edge asks to be left alone although nothing failed: its answer says that the budget is used up, and
/// when there is a new one.
///
/// Three ways to say so are read, and of several the longest time counts:
/// - `RateLimit: "default";r=0;t=30` (draft-ietf-httpapi-ratelimit-headers), also as `remaining=0, reset=30`, which
///   an earlier draft wrote;
/// - `RateLimit-Remaining: 0` and `RateLimit-Reset: 30`, also with `X-`; the reset in seconds, or as the time of
///   day in seconds since 1970;
/// - Akamai's `X-Ratelimit-Remaining: 0` and `X-Ratelimit-Seconds-To-Refresh-Limit: 30`, also with `-Objects`.
package enum RateLimitHeaders {
    package static let throttleMax = Duration.seconds(3_600)

    /// Beyond a day nothing is believed: the header means something else, or nothing good.
    private static let plausibleSeconds = 86_400.0
    /// Counts of seconds end, and times of day begin, somewhere here: 2001.
    private static let earliestTime = 1_000_000_000.0

    private static let pairs = [
        ("RateLimit-Remaining", "RateLimit-Reset"),
        ("X-RateLimit-Remaining", "X-RateLimit-Reset"),
        ("X-RateLimit-Remaining", "X-RateLimit-Seconds-To-Refresh-Limit"),
        ("X-RateLimit-Remaining-Objects", "X-RateLimit-Seconds-To-Refresh-Limit-Objects"),
    ]

    /// - Returns: nil for an edge that has budget left, or does not say when it has again; at most `throttleMax`.
    package static func pause(_ fields: HTTPHeaders, now: Timestamp) -> Duration? {
        var longest: Duration?
        func consider(_ remaining: Substring?, _ reset: Substring?) {
            guard let remaining = number(remaining), remaining <= 0, let reset = number(reset),
                let pause = duration(reset, now: now), pause > longest ?? .zero
            else { return }
            longest = pause
        }
        for (remaining, reset) in pairs {
            consider(fields.first(remaining).map { $0[...] }, fields.first(reset).map { $0[...] })
        }
        for value in fields.all("RateLimit") {
            let policies = value[...].split(outsideQuotesAt: UInt8(ascii: ","))
            for policy in policies {
                let parameters = Parameters(policy.split(outsideQuotesAt: UInt8(ascii: ";")).dropFirst())
                consider(parameters["r"], parameters["t"])
            }
            let members = Parameters(policies[...])
            consider(members["remaining"], members["reset"])
        }
        return longest
    }

    private static func duration(_ reset: Double, now: Timestamp) -> Duration? {
        let seconds = reset < earliestTime ? reset : reset - Double(now.milliseconds) / 1_000
        guard seconds > 0, seconds <= plausibleSeconds else { return nil }
        return min(.milliseconds(Int64((seconds * 1_000).rounded(.up))), throttleMax)
    }

    /// Plain decimal numbers only.
    private static func number(_ text: Substring?) -> Double? {
        guard let text = text?.trimmingBlanks, (1...20).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0.isASCIIDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") })
        else { return nil }
        return Double(text)
    }
}

/// `name=value` each; of a name that comes twice the first counts.
private struct Parameters {
    private let members: ArraySlice<Substring>

    init(_ members: ArraySlice<Substring>) {
        self.members = members
    }

    subscript(name: String) -> Substring? {
        for member in members {
            let text = member.trimmingBlanks
            if text.utf8.starts(with: "\(name)=".utf8) { return text.dropFirst(name.utf8.count + 1) }
        }
        return nil
    }
}

extension Substring {
    /// The parts between such bytes; between quotes they part nothing.
    fileprivate func split(outsideQuotesAt separator: UInt8) -> [Substring] {
        var isQuoted = false
        var isEscaped = false
        return utf8.split(omittingEmptySubsequences: false) { byte in
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = isQuoted
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            }
            return !isQuoted && byte == separator
        }.map { Substring($0) }
    }
}
