/// RFC 3339, the text form of times: to it and from it, in milliseconds since 1970.
public enum RFC3339 {
    /// The years that four digits can say: 0001 to 9999.
    private static let representable: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    /// `2026-11-22T10:00:00.000Z`; times outside of the years 1 to 9999 as the nearest of them.
    public static func text(milliseconds: Int64) -> String {
        String(decoding: utf8(milliseconds: milliseconds), as: UTF8.self)
    }

    /// The 24 bytes of the text.
    public static func utf8(milliseconds: Int64) -> [UInt8] {
        let clamped = min(max(milliseconds, representable.lowerBound), representable.upperBound)
        let (days, millisecondOfDay) = clamped.flooredQuotient(by: 86_400_000)
        let date = CivilDate(daysSince1970: days)
        let second = millisecondOfDay / 1000
        return [UInt8](unsafeUninitializedCapacity: textBytes) { text, count in
            put(date.year, width: 4, at: 0, "-", in: text)
            put(date.month, width: 2, at: 5, "-", in: text)
            put(date.day, width: 2, at: 8, "T", in: text)
            put(second / 3600, width: 2, at: 11, ":", in: text)
            put(second / 60 % 60, width: 2, at: 14, ":", in: text)
            put(second % 60, width: 2, at: 17, ".", in: text)
            put(millisecondOfDay % 1000, width: 3, at: 20, "Z", in: text)
            count = textBytes
        }
    }

    private static let textBytes = 24

    /// The last digits of a number that is not negative, and what stands behind them.
    private static func put(
        _ number: Int64, width: Int, at start: Int, _ end: Unicode.Scalar, in text: UnsafeMutableBufferPointer<UInt8>
    ) {
        var left = UInt32(truncatingIfNeeded: number)
        for position in (start..<start + width).reversed() {
            text[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: left % 10)
            left /= 10
        }
        text[start + width] = UInt8(ascii: end)
    }

    /// Any RFC 3339 time; digits behind the milliseconds are dropped. Nil for anything else.
    public static func milliseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var reader = DigitReader(text: text)
        guard text.count <= 40,
            let year = reader.digits(4), reader.skip("-"), let month = reader.digits(2), reader.skip("-"),
            let day = reader.digits(2), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.digits(2), reader.skip(":"), let minute = reader.digits(2), reader.skip(":"),
            let second = reader.digits(2),
            let fraction = reader.fraction(), let offset = reader.offsetMinutes(), reader.isAtEnd,
            year >= 1, hour < 24, minute < 60, second <= 60, (1...12).contains(month),
            day >= 1, day <= CivilDate.days(inMonth: month, of: year)
        else { return nil }
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        let seconds = days * 86_400 + hour * 3600 + (minute - offset) * 60 + second
        return seconds * 1000 + fraction
    }
}
