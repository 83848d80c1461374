import Invalidations
import Testing

/// Tests of bounds as people write them.
struct TimeBoundTests {
    /// 2026-11-27T09:30:00Z.
    private static let now = Timestamp(milliseconds: 1_795_771_800_000)

    @Test func theTimeOfTheTestsIsWhatTheySay() { #expect(Self.now.text == "2026-11-27T09:30:00.000Z") }

    @Test(arguments: [
        ("-2h", "2026-11-27T07:30:00.000Z"), ("-30m", "2026-11-27T09:00:00.000Z"),
        ("-1d", "2026-11-26T09:30:00.000Z"), ("-45s", "2026-11-27T09:29:15.000Z"),
        ("-1d12h", "2026-11-25T21:30:00.000Z"), ("-0s", "2026-11-27T09:30:00.000Z"),
        ("now", "2026-11-27T09:30:00.000Z"), ("2026-11-27T10:00:00Z", "2026-11-27T10:00:00.000Z"),
        ("2026-11-27T10:00:00.25+01:00", "2026-11-27T09:00:00.250Z"),
        // Not yet come today: yesterday's.
        ("10:00Z", "2026-11-26T10:00:00.000Z"), ("09:30Z", "2026-11-27T09:30:00.000Z"),
        ("10:00+01:00", "2026-11-27T09:00:00.000Z"), ("10:00:30-01:00", "2026-11-26T11:00:30.000Z"),
        ("23:00+14:00", "2026-11-27T09:00:00.000Z"), ("20:00-12:00", "2026-11-27T08:00:00.000Z"),
    ])
    func aTimeIsFixed(text: String, time: String) throws {
        #expect(try TimeBound(text, now: Self.now) == .time(#require(Timestamp(time))), "\(text)")
    }

    @Test(
        arguments: [
            ("offset:0=123", [0: 123]), ("offset:0=123,7=40", [0: 123, 7: 40]), ("offset:11=0", [11: 0]),
        ] as [(String, [Int32: Int64])])
    func offsetsAreOfPartitions(text: String, offsets: [Int32: Int64]) throws {
        #expect(try TimeBound(text, now: Self.now) == .offsets(offsets))
    }

    @Test func allIsAll() throws { #expect(try TimeBound("all", now: Self.now) == .all) }

    /// Each error says what to write.
    @Test(arguments: [
        ("", "write -2h, 2026-11-27T10:00:00Z, 10:00Z, now, all, or offset:0=123,7=40"),
        ("yesterday", "is no time: write -2h"), ("10:00", "write 10:00Z, 10:00+01:00, or -2h"),
        ("10:00:30", "write 10:00:30Z"), ("2026-11-27", "write 2026-11-27T00:00:00Z or 2026-11-27T00:00:00+01:00"),
        ("2026-11-27T10:00:00", "write 2026-11-27T10:00:00Z or 2026-11-27T10:00:00+01:00"),
        ("2h", "Write -2h for so long before now"), ("-", "write -2h"), ("-2", "write -2h"), ("-2w", "write -2h"),
        ("-h", "write -2h"), ("--2h", "write -2h"), ("-2h30", "write -2h"), ("-99999999999999999999d", "write -2h"),
        ("-9223372036854775807d", "write -2h"), ("-106751991167d106751991167d", "write -2h"), ("25:00Z", "is no time"),
        ("10:60Z", "is no time"), ("2026-02-30T10:00:00Z", "is no time"), ("offset:", "write offset:0=123,7=40"),
        ("offset:7", "\"7\" in \"offset:7\" is no partition"), ("offset:0=", "write offset:0=123"),
        ("offset:0=1,", "write offset:0=123"), ("offset:-1=1", "write offset:0=123"),
        ("offset:0=-1", "write offset:0=123"), ("offset:0=1,0=2", "names partition 0 twice"),
        ("offset:2147483648=1", "write offset:0=123"), ("offset:0=9223372036854775808", "write offset:0=123"),
        ("offset:0=1=2", "write offset:0=123"), ("ALL", "is no time"),
    ])
    func whatIsNoBoundIsRefused(text: String, message: String) {
        let error = #expect(throws: SelectionError.self) { try TimeBound(text, now: Self.now) }
        #expect(error?.message.contains(message) == true, "\(text): \(error?.message ?? "")")
    }

    @Test func aTimeBeforeAllTimesIsTheEarliest() throws {
        #expect(
            try TimeBound("-106751991167d", now: Timestamp(milliseconds: .min)) == .time(Timestamp(milliseconds: .min)))
    }

    @Test(
        arguments: [
            ("-2h", nil), (nil, "-2h"), ("all", nil), ("-2h", "-1h"), ("all", "all"), ("-2h", "offset:0=9"),
            ("offset:0=1,1=1", "offset:1=2,0=2"), ("offset:0=5", "-1h"),
        ] as [(String?, String?)])
    func oneBoundIsEnough(from: String?, until: String?) throws {
        let bounds = try TimeBounds(from: from, until: until, now: Self.now)
        #expect(try bounds.from == from.map { try TimeBound($0, now: Self.now) } ?? .all)
        #expect(try bounds.until == until.map { try TimeBound($0, now: Self.now) } ?? .all)
    }

    @Test(
        arguments: [
            (nil, nil, "no bound is given: write --from -2h"), ("-1h", "-2h", "before it begins"),
            ("-1h", "-1h", "before it begins"), ("offset:0=1", "offset:1=2", "partition 0 has one bound"),
            ("offset:0=1,4=7", "offset:0=2,4=7", "partition 4 ends before it begins"), ("soon", nil, "is no time"),
            (nil, "soon", "is no time"),
        ] as [(String?, String?, String)])
    func boundsThatSelectNothingAreRefused(from: String?, until: String?, message: String) {
        let error = #expect(throws: SelectionError.self) { try TimeBounds(from: from, until: until, now: Self.now) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func offsetsLeaveOutPartitionsThatTheyDoNotName() throws {
        let one = try TimeBounds(from: "offset:0=1,3=1", until: nil, now: Self.now)
        #expect((0..<5).map { one.reads(partition: $0) } == [true, false, false, true, false])
        let times = try TimeBounds(from: "-2h", until: nil, now: Self.now)
        #expect(times.reads(partition: 4))
        #expect(try !TimeBounds(from: "-2h", until: "offset:3=9", now: Self.now).reads(partition: 4))
    }
}
