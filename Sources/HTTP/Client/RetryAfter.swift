import Basics
import CCurl

/// Reads the field Retry-After (RFC 9110, section 10.2.3): seconds, or a date in one of HTTP's three forms.
package enum RetryAfter {
    /// A server that asks for more has made a mistake, or is better asked again.
    package static let waitMax = Duration.seconds(86_400)

    /// - Parameter now: seconds since 1970.
    /// - Returns: nil for what is no number of seconds and no date, for zero, and for dates that have passed: then the
    ///   server has not said how long.
    package static func parseWait(_ text: String, now: Int) -> Duration? {
        let text = text.trimmingBlanks
        guard let first = text.utf8.first else { return nil }
        let seconds: Int
        if first.isASCIIDigit {
            guard text.utf8.allSatisfy(\.isASCIIDigit) else { return nil }
            // More digits than a number has are a long time all the same.
            seconds = Int(text) ?? .max
        } else {
            guard let date = date(text) else { return nil }
            let (wait, overflow) = date.subtractingReportingOverflow(now)
            guard !overflow else { return nil }
            seconds = wait
        }
        guard seconds > 0 else { return nil }
        return min(.seconds(min(seconds, 86_400)), waitMax)
    }

    /// `Fri, 27 Nov 2026 10:00:00 GMT`, `Friday, 27-Nov-26 10:00:00 GMT`, `Fri Nov 27 10:00:00 2026`. curl knows many
    /// more forms; what looks like none of these is not read.
    private static func date(_ text: Substring) -> Int? {
        let isDay = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].contains { text.utf8.starts(with: $0.utf8) }
        guard isDay, (24...40).contains(text.utf8.count), text.utf8.filter({ $0 == UInt8(ascii: ":") }).count == 2,
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
        else { return nil }
        let seconds = curl_getdate(String(text), nil)
        return seconds == -1 ? nil : Int(seconds)
    }
}
