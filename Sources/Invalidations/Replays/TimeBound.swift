/// One bound of the range that a replay reads, as people write it.
///
/// | text | means |
/// |---|---|
/// | `-2h`, `-30m`, `-1d12h` | so long before now; d, h, m and s |
/// | `2026-11-27T10:00:00Z` | that time, with `Z` or an offset such as `+01:00` |
/// | `10:00Z`, `10:00:30+01:00` | the latest such time that is not after now: today's or yesterday's |
/// | `now` | now |
/// | `all` | as far as the log goes |
/// | `offset:0=123,7=40` | these offsets of these partitions; a partition that is not named is not read |
///
/// Times are fixed when they are parsed: a plan that says `-2h` means the same when it is run an hour later. A time of
/// day without `Z` or an offset is refused: the clock of a server is often UTC, and its reader's is not.
public enum TimeBound: Hashable, Sendable {
    case all
    case time(Timestamp)
    /// Offset by partition; not empty.
    case offsets([Int32: Int64])

    /// - Throws: what to write.
    public init(_ text: String, now: Timestamp) throws(SelectionError) {
        if text == "all" {
            self = .all
        } else if text == "now" {
            self = .time(now)
        } else if text.hasPrefix("offset:") {
            self = .offsets(try Self.offsets(text))
        } else if text.hasPrefix("-") {
            self = .time(try Self.relative(text, now))
        } else if let time = Timestamp(text) {
            self = .time(time)
        } else if let time = Self.timeOfDay(text, now) {
            self = .time(time)
        } else {
            throw Self.refusal(text, now)
        }
    }

    private static func offsets(_ text: String) throws(SelectionError) -> [Int32: Int64] {
        var offsets: [Int32: Int64] = [:]
        for entry in text.dropFirst("offset:".count).split(separator: ",", omittingEmptySubsequences: false) {
            let words = entry.split(separator: "=", omittingEmptySubsequences: false)
            guard words.count == 2, let partition = number(words[0]).flatMap({ Int32(exactly: $0) }),
                let offset = number(words[1])
            else {
                throw SelectionError(
                    "\"\(entry)\" in \"\(text)\" is no partition with its offset: write offset:0=123,7=40")
            }
            guard offsets.updateValue(offset, forKey: partition) == nil else {
                throw SelectionError("\"\(text)\" names partition \(partition) twice")
            }
        }
        return offsets
    }

    private static let unitMilliseconds: [Character: Int64] = [
        "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000,
    ]

    private static func relative(_ text: String, _ now: Timestamp) throws(SelectionError) -> Timestamp {
        let example = SelectionError("\"\(text)\" is no time before now: write -2h, -30m or -1d12h (units d, h, m, s)")
        var sum: Int64 = 0
        var digits = ""
        for character in text.dropFirst() {
            guard let unit = unitMilliseconds[character] else {
                digits.append(character)
                continue
            }
            guard let count = number(digits[...]) else { throw example }
            let (product, overflow) = count.multipliedReportingOverflow(by: unit)
            let (total, overflowOfSum) = sum.addingReportingOverflow(product)
            guard !overflow, !overflowOfSum else { throw example }
            (sum, digits) = (total, "")
        }
        // A number without its unit, or nothing at all.
        guard digits.isEmpty, text.count > 1 else { throw example }
        return now + -sum
    }

    private static func timeOfDay(_ text: String, _ now: Timestamp) -> Timestamp? {
        // Seconds may be left out, and so the zone begins at one of two positions.
        guard let zone = text.firstIndex(where: { "Zz+-".contains($0) }) else { return nil }
        let clock = text[..<zone]
        let seconds = clock.utf8.count == 5 ? ":00" : ""
        let (day, ahead): (Int64, Int64) = (86_400_000, 2)
        // The zone may be more than half a day away from UTC, so today there can be tomorrow or yesterday in UTC.
        for days in (-ahead...ahead).reversed() {
            let date = (now + days * day).text.prefix(10)
            if let time = Timestamp("\(date)T\(clock)\(seconds)\(text[zone...])"), time <= now { return time }
        }
        return nil
    }

    private static func refusal(_ text: String, _ now: Timestamp) -> SelectionError {
        let day = String(now.text.prefix(10))
        if Timestamp("\(day)T\(text)Z") != nil || Timestamp("\(day)T\(text):00Z") != nil {
            return SelectionError("\"\(text)\" does not say of which time zone: write \(text)Z, \(text)+01:00, or -2h")
        }
        if Timestamp("\(text)Z") != nil || Timestamp("\(text)T00:00:00Z") != nil {
            let time = text.contains(":") ? text : "\(text)T00:00:00"
            return SelectionError("\"\(text)\" does not say of which time zone: write \(time)Z or \(time)+01:00")
        }
        if (try? relative("-\(text)", now)) != nil {
            return SelectionError("\"\(text)\" lies before or after what? Write -\(text) for so long before now")
        }
        return SelectionError(
            "\"\(text)\" is no time: write -2h, \(day)T10:00:00Z, 10:00Z, now, all, or offset:0=123,7=40")
    }

    /// Decimal digits alone: no sign, no space.
    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }
}
