import Basics
import Testing

/// Days of the calendar, walked through one by one.
struct CivilDateTests {
    /// From 1600 to 2500: leap years, centuries that are none, and one era with its neighbours.
    @Test func eachDayFollowsTheOneBefore() {
        var expected = CivilDate(year: 1600, month: 1, day: 1)
        let first = expected.daysSince1970
        #expect(first == -135_140)
        for days in first..<first + 900 * 366 {
            let date = CivilDate(daysSince1970: days)
            guard date == expected, date.daysSince1970 == days else {
                Issue.record("day \(days) is \(date), not \(expected)")
                return
            }
            if expected.day < CivilDate.days(inMonth: expected.month, of: expected.year) {
                expected = CivilDate(year: expected.year, month: expected.month, day: expected.day + 1)
            } else if expected.month < 12 {
                expected = CivilDate(year: expected.year, month: expected.month + 1, day: 1)
            } else {
                expected = CivilDate(year: expected.year + 1, month: 1, day: 1)
            }
        }
    }

    @Test(arguments: [(1900, 28), (2000, 29), (2023, 28), (2024, 29), (2100, 28)] as [(Int64, Int64)])
    func aFebruaryHasItsDays(_ year: Int64, _ days: Int64) {
        #expect(CivilDate.days(inMonth: 2, of: year) == days)
    }
}
