import Invalidations
import TestSupport
import Testing

/// Open records, against a plain model of what is open and what is delayed.
struct OpenRecordsTests {
    private struct Known {
        var key: PoolKey
        var number: UInt64
        var bytes: Int
        var origin: RecordPosition?
        var isDelayed = false
    }

    private static func origin(_ number: UInt64) -> RecordPosition {
        RecordPosition(source: SourcePartition(topic: 0, partition: 0), offset: Int64(number))
    }

    private static func empty() -> OpenRecords {
        OpenRecords(reporter: ProgressReporter(firstReportAfter: 10, interval: 100))
    }

    /// One record is opened, delayed, resumed or closed.
    private static func change(
        _ records: inout OpenRecords, _ model: inout [Int: Known], _ followed: inout [RecordPosition: Int],
        at offset: Int64, _ random: inout SeededGenerator
    ) {
        let choice = Int.random(in: 0..<3, using: &random)
        guard choice > 0, let index = model.keys.sorted().randomElement(using: &random), let known = model[index] else {
            // Few numbers, so that copies of one request meet.
            let number = UInt64.random(in: 0..<6, using: &random)
            let origin = Bool.random(using: &random) ? Self.origin(number) : nil
            let bytes = Int.random(in: 0...50, using: &random)
            let index = records.open(.request(number, at: offset, bytes: bytes, retryOf: origin))
            #expect(model[index] == nil, "a slot in use was given away, seed \(random.seed)")
            model[index] = Known(key: records.key(index), number: number, bytes: bytes, origin: origin)
            records.followRetry(index)
            if let origin, followed[origin] == nil { followed[origin] = index }
            return
        }
        switch (known.isDelayed, choice) {
        case (true, _): records.resume(index)
        case (false, 1): records.delay(index)
        default:
            records.close(index)
            model[index] = nil
            if let origin = known.origin, followed[origin] == index { followed[origin] = nil }
            let isHeld = records.holds(known.key)
            #expect(!isHeld, "a closed record is found, seed \(random.seed)")
            return
        }
        model[index]?.isDelayed.toggle()
    }

    @Test func theCountsAreThoseOfTheRecords() {
        var random = SeededGenerator.printed("open records")
        for _ in 0..<50 {
            var records = Self.empty()
            var model: [Int: Known] = [:]
            var followed: [RecordPosition: Int] = [:]
            for step in 0..<150 {
                Self.change(&records, &model, &followed, at: Int64(step), &random)
                let delayed = model.values.filter(\.isDelayed)
                let open = model.values.filter { !$0.isDelayed }
                let counts = [records.count, records.openCount, records.delayedCount]
                #expect(counts == [model.count, open.count, delayed.count], "seed \(random.seed)")
                let bytes = [records.openBytes, records.delayedBytes]
                #expect(
                    bytes == [open, delayed].map { $0.reduce(0) { $0 + $1.bytes } }, "seed \(random.seed)")
                let number = UInt64.random(in: 0..<6, using: &random)
                // The index of ids is dropped now and then, and made anew.
                if step % 40 == 0 { records.dropUnusedIndex(now: .max) }
                let found = records.indices(of: RequestID(high: 0, low: number), now: 0).sorted()
                #expect(found == model.filter { $0.value.number == number }.keys.sorted(), "seed \(random.seed)")
                let retry = records.followedRetry(of: Self.origin(number))
                #expect(retry == followed[Self.origin(number)], "seed \(random.seed)")
            }
            let indices = records.indices
            #expect(indices == model.keys.sorted(), "seed \(random.seed)")
        }
    }

    @Test func aClosedRecordIsNotReportedOn() {
        var records = Self.empty()
        let indices = (0..<2).map { number in records.open(.request(number, at: Int64(number))) }
        let looks = indices.map { records.watch($0, now: 0) }
        #expect(looks == [10, nil], "one timer is enough")
        records.close(indices[0])
        let due = records.nextDueReport(now: 10)
        #expect(due == indices[1])
        records.close(indices[1])
        let look = records.nextReportLook()
        #expect(look == nil)
    }
}
