import Kafka
import Testing

/// Bounds of ranges: the whole table.
struct LogRangeResolutionTests {
    struct Row: Sendable {
        var name: String
        var from: LogBound
        var until: LogBound
        var low: Int64 = 0
        var high: Int64
        var fromOffset: Int64?
        var untilOffset: Int64?
        var firstTime: Int64?
        var range: Range<Int64>
        var missing: MissingRecords?
    }

    private static let offsets = [
        Row(name: "all", from: .beginning, until: .end, low: 3, high: 9, range: 3..<9),
        Row(name: "all of an empty log", from: .beginning, until: .end, high: 0, range: 0..<0),
        Row(name: "within", from: .offset(4), until: .offset(6), low: 3, high: 9, range: 4..<6),
        Row(name: "at the marks", from: .offset(3), until: .offset(9), low: 3, high: 9, range: 3..<9),
        Row(name: "removed", from: .offset(1), until: .end, low: 3, high: 9, range: 3..<9, missing: .offsets(1..<3)),
        Row(
            name: "all removed", from: .offset(1), until: .offset(2), low: 3, high: 9, range: 3..<3,
            missing: .offsets(1..<2)),
        Row(name: "upside down", from: .offset(7), until: .offset(5), low: 3, high: 9, range: 7..<7),
        Row(name: "upside down and removed", from: .offset(2), until: .offset(1), low: 3, high: 9, range: 3..<3),
        Row(name: "behind the end", from: .offset(4), until: .offset(99), low: 3, high: 9, range: 4..<9),
        Row(name: "only behind the end", from: .offset(50), until: .offset(99), high: 9, range: 9..<9),
        Row(
            name: "below zero", from: .offset(-5), until: .end, low: 3, high: 9, range: 3..<9,
            missing: .offsets(0..<3)),
        Row(name: "what is to come", from: .end, until: .end, low: 3, high: 9, range: 9..<9),
    ]

    private static let times = [
        Row(
            name: "within", from: .time(100), until: .time(200), high: 9, fromOffset: 2, untilOffset: 5,
            range: 2..<5),
        Row(name: "in the future", from: .time(100), until: .time(200), high: 9, range: 9..<9),
        Row(name: "until the future", from: .time(100), until: .time(200), high: 9, fromOffset: 2, range: 2..<9),
        Row(
            name: "written meanwhile", from: .time(100), until: .time(200), high: 9, fromOffset: 2, untilOffset: 12,
            range: 2..<9),
        Row(
            name: "only written meanwhile", from: .time(100), until: .time(200), high: 9, fromOffset: 12,
            untilOffset: 13, range: 9..<9),
        Row(
            name: "upside down", from: .time(200), until: .time(100), low: 1, high: 9, fromOffset: 5, untilOffset: 2,
            firstTime: 300, range: 5..<5),
        Row(
            name: "before all, and nothing was removed", from: .time(1), until: .end, high: 9, fromOffset: 0,
            firstTime: 50, range: 0..<9),
        Row(
            name: "before all, and some was removed", from: .time(1), until: .end, low: 3, high: 9, fromOffset: 3,
            firstTime: 50, range: 3..<9, missing: .times(1..<50)),
        Row(
            name: "the oldest record's millisecond", from: .time(50), until: .end, low: 3, high: 9, fromOffset: 3,
            firstTime: 50, range: 3..<9, missing: .times(50..<50)),
        Row(
            name: "after the oldest record", from: .time(51), until: .end, low: 3, high: 9, fromOffset: 4,
            firstTime: 50, range: 4..<9),
        Row(
            name: "all older than the oldest record", from: .time(1), until: .time(20), low: 3, high: 9,
            fromOffset: 3, untilOffset: 3, firstTime: 50, range: 3..<3, missing: .times(1..<20)),
        Row(
            name: "all was removed", from: .time(1), until: .time(20), low: 9, high: 9, range: 9..<9,
            missing: .unknown),
        Row(name: "nothing was ever there", from: .time(1), until: .time(20), high: 0, range: 0..<0),
        Row(
            name: "from a time to an offset", from: .time(100), until: .offset(7), high: 9, fromOffset: 2,
            range: 2..<7),
    ]

    @Test(arguments: offsets + times)
    func boundsBecomeOffsets(row: Row) {
        let resolution = LogRangeResolution(
            watermarks: Watermarks(low: row.low, high: row.high), fromOffset: row.fromOffset,
            untilOffset: row.untilOffset, firstTime: row.firstTime)
        let partition = TopicPartition("t", 0)
        let resolved = resolution.resolve(LogBounds(from: row.from, until: row.until), of: partition)
        #expect(
            resolved.range == LogRange(partition, from: row.range.lowerBound, to: row.range.upperBound), "\(row.name)")
        #expect(resolved.missing == row.missing, "\(row.name)")
        #expect(resolved.watermarks == resolution.watermarks)
    }
}
