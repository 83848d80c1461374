import HTTP
import Testing

/// Tests of the Retry-After header.
@Suite struct RetryAfterTests {
    /// Sat, 28 Nov 2026 10:00:00 GMT.
    private static let now = 1_795_860_000

    /// What a server may write, and the seconds that it means; nil where it does not say how long.
    @Test(arguments: [
        ("1", 1), ("7", 7), (" 7 ", 7), ("\t120", 120), ("007", 7), ("86400", 86_400), ("86401", 86_400),
        ("99999999999999", 86_400), ("9223372036854775807", 86_400), ("9223372036854775808", 86_400),
        (String(repeating: "9", count: 2_000), 86_400),
        ("0", nil), ("-1", nil), ("-99999999999999999999", nil), ("+5", nil), ("1.5", nil), ("1e3", nil),
        ("0x10", nil), ("5s", nil), ("5, 7", nil), ("7;", nil), ("\u{0667}", nil), ("inf", nil), ("NaN", nil),
        ("", nil), (" ", nil), ("soon", nil), ("tomorrow", nil), ("null", nil),
        ("Sat, 28 Nov 2026 10:00:30 GMT", 30), ("Saturday, 28-Nov-26 10:00:30 GMT", 30),
        ("Sat Nov 28 10:00:30 2026", 30), ("Sun, 29 Nov 2026 09:59:59 GMT", 86_399),
        ("Mon, 30 Nov 2026 10:00:00 GMT", 86_400), ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("Sat, 28 Nov 2026 10:00:00 GMT", nil), ("Sat, 28 Nov 2026 09:59:59 GMT", nil),
        ("Thu, 01 Jan 1970 00:00:00 GMT", nil), ("Sat, 28 Nov 0001 10:00:30 GMT", nil),
        ("Sat, 99 Nov 2026 10:00:30 GMT", nil), ("Sat, 28 Nov 99999999999999 10:00:30 GMT", nil),
        ("Sat, 28 Nov 2026", nil), ("2026-11-28T10:00:30Z", nil), ("10:00:30", nil), ("28 Nov 2026 10:00:30", nil),
    ])
    func formsThatServersWrite(_ text: String, _ seconds: Int?) {
        #expect(RetryAfter.parseWait(text, now: Self.now) == seconds.map { .seconds($0) })
    }

    /// Nothing that a clock may say leads into an overflow.
    @Test(arguments: [Int.min, -1, 0, Int.max])
    func clocksThatAreWrong(_ now: Int) {
        let wait = RetryAfter.parseWait("Sat, 28 Nov 2026 10:00:30 GMT", now: now)
        #expect(wait == nil || wait == .seconds(86_400))
    }
}
