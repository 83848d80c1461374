import Caches
import Invalidations
import TestSupport
import Testing

/// Tests of what is known of writes with an Idempotency-Key.
struct KnownWritesTests {
    private static let day: Int64 = 86_400_000

    private static func entry(_ name: UInt128, _ content: UInt128, _ offset: Int64, at time: Int64 = 0)
        -> KnownWrites.Entry
    {
        KnownWrites.Entry(
            WriteFingerprint(name: name, content: content), LogVersion(generation: 1, offset: offset),
            writtenAt: Timestamp(milliseconds: time))
    }

    @Test func aRepetitionIsKnownForADay() {
        var known = KnownWrites(countMax: 10)
        known.add(Self.entry(1, 1, 5, at: 1_000))
        let (same, other) = (WriteFingerprint(name: 1, content: 1), WriteFingerprint(name: 1, content: 2))
        let last = Timestamp(milliseconds: 1_000 + Self.day - 1)
        #expect(known.find(same, at: last) == .repeated && known.find(other, at: last) == .other)
        #expect(known.find(same, at: last + 1) == .new)
        #expect(known.find(WriteFingerprint(name: 2, content: 1), at: last) == .new)
        // Times of anybody's records.
        #expect(known.find(same, at: Timestamp(milliseconds: .min)) == .new)
        #expect(known.find(same, at: Timestamp(milliseconds: .max)) == .new)
    }

    @Test func aRecordThatIsReadOnceMoreIsNoRepetition() {
        let known = KnownWrites([Self.entry(1, 1, 5)], countMax: 10)
        let fingerprint = WriteFingerprint(name: 1, content: 1)
        let time = Timestamp(milliseconds: 0)
        func find(_ offset: Int64) -> KnownWrites.Finding {
            known.find(fingerprint, at: time, version: LogVersion(generation: 1, offset: offset))
        }
        #expect(find(5) == .itself && find(6) == .repeated && find(4) == .new)
    }

    /// Against a list that is searched from its end.
    @Test func theNewestAreKnownAndSavedOnce() throws {
        var random = SeededGenerator.printed("known writes")
        for _ in 0..<200 {
            let countMax = Int.random(in: 1...8, using: &random)
            var known = KnownWrites(countMax: countMax)
            var (all, database): ([KnownWrites.Entry], [KnownWrites.Entry]) = ([], [])
            for offset in 0..<60 {
                let entry = Self.entry(
                    .random(in: 0...9, using: &random), .random(in: 0...1, using: &random), Int64(offset))
                if Int.random(in: 0...3, using: &random) > 0 {
                    known.add(entry)
                    all.append(entry)
                }
                if Int.random(in: 0...4, using: &random) == 0 {
                    let change = known.change
                    database += change.added
                    database.removeAll { entry in change.oldest.map { entry.version < $0 } ?? false }
                    known.save(change)
                    try #require(known.change == KnownWrites.Change(), "seed \(random.seed)")
                    try #require(database == all.suffix(countMax), "seed \(random.seed)")
                }
                if Int.random(in: 0...9, using: &random) == 0 {
                    // The next owner: what was not saved it reads in the log.
                    known = KnownWrites(database, countMax: countMax)
                    for entry in all { known.add(entry) }
                }
                try #require(known.count == min(countMax, all.count), "seed \(random.seed)")
                for name in 0...9 {
                    let newest = all.suffix(countMax).last { $0.fingerprint.name == UInt128(name) }
                    let found = known.find(WriteFingerprint(name: UInt128(name), content: 1), at: entry.writtenAt)
                    let wanted: KnownWrites.Finding =
                        newest.map { $0.fingerprint.content == 1 ? .repeated : .other } ?? .new
                    try #require(found == wanted, "seed \(random.seed)")
                }
            }
        }
    }
}
