import Caches
import Testing

/// Write-behind: when writes go, what comes back, and what never happens to them.
struct WriteBehindTests {
    private struct Partition {
        var core: WriteBehind
        var now = CacheTime(nanoseconds: 0)
        var offset: Int64 = 0
        let hasher = SipHash(key0: 1, key1: 2)

        init(_ settings: WriteSettings = WriteSettings()) {
            core = WriteBehind(settings, isRestoring: false)
        }

        func address(_ key: String) throws -> CacheAddress {
            CacheAddress(NamespaceNumber(value: 0), try CacheKey(key), hasher)
        }

        mutating func write(_ key: String, _ value: String? = nil) throws -> [WriteAction] {
            offset += 1
            let value = try CacheValue(Array((value ?? "\(offset)").utf8))
            let write = PendingWrite(
                address: try address(key), version: LogVersion(generation: 1, offset: offset),
                change: .set(value, tags: [], lifetime: Lifetime(fresh: .seconds(9))))
            return core.handle(.written(write, isAdmitted: false), now)
        }

        mutating func end(_ batch: WriteBatch, _ result: FlushResult) -> [WriteAction] {
            core.handle(.flushed(batch: batch.number, result), now)
        }

        mutating func pass(_ duration: Duration) -> [WriteAction] {
            now = now + duration
            return core.handle(.timer, now)
        }

        mutating func keys(_ actions: [WriteAction]) -> [String] {
            actions.batch?.writes.map(\.address.key.description) ?? []
        }
    }

    @Test func tenWritesGoTogether() throws {
        var partition = Partition()
        for number in 1...9 { #expect(try partition.write("k\(number)").batch == nil) }
        let batch = try #require(try partition.write("k10").batch)
        #expect(batch.writes.count == 10)
        #expect(batch.flushedThrough == LogVersion(generation: 1, offset: 10))
    }

    @Test func oneWriteGoesAfterAMinute() throws {
        var partition = Partition()
        #expect(try partition.write("k") == [.wake(CacheTime(nanoseconds: 60_000_000_000))])
        #expect(partition.pass(.milliseconds(59_999)) == [])
        // Later writes do not move it.
        _ = try partition.write("k")
        #expect(partition.keys(partition.pass(.milliseconds(1))) == ["k"])
    }

    @Test func onlyTheNewestOfAKeyGoes() throws {
        var partition = Partition()
        for number in 1...9 { _ = try partition.write("k\(number % 2)") }
        let batch = try #require(try partition.write("k0", "last").batch)
        #expect(batch.writes.map(\.version.offset) == [9, 10])
        #expect(partition.end(batch, .done([.written, .written])) == [])
        #expect(partition.core.count == 0)
        #expect(partition.core.byteCount == 0)
        #expect(partition.core.coalescedCount == 8)
    }

    @Test func aBatchHasAHundredKeys() throws {
        var partition = Partition()
        let first = try #require(try (1...250).compactMap { try partition.write("k\($0)").batch }.first)
        #expect(first.writes.count == 10)
        let second = try #require(partition.end(first, .done(first.writes.map { _ in .written })).batch)
        #expect(second.writes.map(\.version.offset) == Array(11...110))
        #expect(second.flushedThrough == LogVersion(generation: 1, offset: 110))
    }

    @Test func aWriteDuringItsFlushIsNotLost() throws {
        var partition = Partition()
        let batch = try #require(try (0..<10).compactMap { try partition.write("k\($0)").batch }.first)
        _ = try partition.write("k3", "newer")
        #expect(try partition.core.pending(partition.address("k3"))?.version.offset == 11)
        _ = partition.end(batch, .done(batch.writes.map { _ in .written }))
        #expect(partition.core.count == 1)
        #expect(try partition.core.pending(partition.address("k3"))?.version.offset == 11)
        #expect(partition.keys(partition.pass(.seconds(60))) == ["k3"])
    }

    @Test func anOutageWaitsAndLosesNothing() throws {
        var partition = Partition()
        var batch = try #require(try (0..<10).compactMap { try partition.write("k\($0)").batch }.first)
        _ = try partition.write("k3", "newer")
        for pause in [1, 2, 4, 8, 16, 30, 30] {
            let actions = partition.end(batch, .unavailable(retryAfter: nil))
            #expect(actions == [.wake(partition.now + .seconds(pause))])
            #expect(partition.pass(.seconds(pause) - .milliseconds(1)) == [])
            batch = try #require(partition.pass(.milliseconds(1)).batch)
            #expect(batch.writes.count == 10)
        }
        #expect(batch.writes[3].version.offset == 11)
        #expect(
            partition.end(batch, .unavailable(retryAfter: .seconds(1_000_000))) == [
                .wake(partition.now + .seconds(300))
            ])
        #expect(partition.core.inconsistency() == nil)
    }

    @Test func whatWaitsIsBounded() throws {
        var settings = WriteSettings()
        settings.keysMax = 3
        var partition = Partition(settings)
        let write = PendingWrite(
            address: try partition.address("k"), version: LogVersion(generation: 0, offset: 0), change: .delete)
        for _ in 0..<3 { #expect(partition.core.admit(write, partition.now) == nil) }
        #expect(partition.core.admit(write, partition.now) == .seconds(1))
        #expect(partition.core.handle(.abandoned(bytes: write.byteCount), partition.now) == [])
        #expect(partition.core.admit(write, partition.now) == nil)
        settings.bytesMax = write.byteCount
        partition = Partition(settings)
        #expect(partition.core.admit(write, partition.now) == nil)
        #expect(partition.core.admit(write, partition.now) != nil)
    }

    /// The database says only that some row is wrong: halves find it, the others are written.
    @Test func aPoisonRowIsFound() throws {
        var partition = Partition()
        var actions = try (0..<10).map { try partition.write("k\($0)") }.last ?? []
        var written: [String] = []
        var dead: [PendingWrite] = []
        for _ in 0..<20 {
            guard let batch = actions.batch else { break }
            let keys = batch.writes.map(\.address.key.description)
            if keys.contains("k6") {
                actions = partition.end(batch, .refused(reason: "23514"))
            } else {
                written += keys
                actions = partition.end(batch, .done(keys.map { _ in .written }))
            }
            for case .deadLetter(let write, let reason) in actions {
                #expect(reason == "23514")
                dead.append(write)
            }
        }
        #expect(written.sorted() == (0..<10).map { "k\($0)" }.filter { $0 != "k6" })
        #expect(dead.map(\.address.key.description) == ["k6"])
        let poison = try partition.address("k6")
        #expect(partition.core.pending(poison) != nil)
        // The dead-letter topic is away first.
        let version = try #require(dead.first?.version)
        _ = partition.core.handle(.deadLettered(poison, version, isStored: false), partition.now)
        #expect(partition.pass(.seconds(1)).contains { if case .deadLetter = $0 { true } else { false } })
        let last = partition.core.handle(.deadLettered(poison, version, isStored: true), partition.now)
        #expect(last.contains(.forget(poison)))
        #expect(partition.core.count == 0)
    }

    @Test func aLaterWriteSupersedesADeadOne() throws {
        var partition = Partition()
        let batch = try #require(try (0..<10).compactMap { try partition.write("k\($0)").batch }.first)
        let poison = try partition.address("k0")
        _ = partition.end(batch, .done([.refused(reason: "22001")] + (1..<10).map { _ in .written }))
        _ = try partition.write("k0", "better")
        let actions = partition.core.handle(
            .deadLettered(poison, LogVersion(generation: 1, offset: 1), isStored: true), partition.now)
        #expect(!actions.contains(.forget(poison)))
        #expect(partition.core.pending(poison)?.version.offset == 11)
    }

    @Test func aMissingTableIsNoFloodOfDeadLetters() throws {
        var partition = Partition()
        for number in 0..<500 { _ = try partition.write("k\(number)") }
        var actions: [WriteAction] = []
        var dead = 0
        var batch: WriteBatch?
        var number: UInt64 = 1
        for _ in 0..<2_000 where !partition.core.isHalted {
            actions = partition.core.handle(.flushed(batch: number, .refused(reason: "42P01")), partition.now)
            dead += actions.count { if case .deadLetter = $0 { true } else { false } }
            batch = actions.batch ?? batch
            number = batch?.number ?? number
        }
        #expect(actions.contains(.halted(reason: "42P01")))
        #expect(dead < 20)
        // One write is tried each half minute; once it is written, all go on.
        let probe = try #require(partition.pass(.seconds(30)).batch)
        #expect(probe.writes.count == 1)
        #expect(partition.end(probe, .refused(reason: "42P01")).batch == nil)
        let second = try #require(partition.pass(.seconds(30)).batch)
        #expect(second.writes != probe.writes)
        let resumed = partition.end(second, .done([.written]))
        #expect(resumed.contains(.resumed))
        #expect(resumed.batch?.writes.count == 100)
        #expect(partition.core.inconsistency() == nil)
    }

    @Test func aFencedOwnerWritesNothingMore() throws {
        var partition = Partition()
        let batch = try #require(try (0..<10).compactMap { try partition.write("k\($0)").batch }.first)
        _ = partition.end(batch, .fenced)
        #expect(partition.core.isFenced)
        #expect(partition.pass(.seconds(3_600)).batch == nil)
        #expect(try (0..<20).allSatisfy { try partition.write("l\($0)").batch == nil })
        #expect(partition.core.admit(batch.writes[0], partition.now) != nil)
    }

    @Test func anInvalidatedKeyGoesAtOnce() throws {
        var partition = Partition()
        for number in 0..<3 { _ = try partition.write("k\(number)") }
        let actions = try partition.core.handle(.invalidated(partition.address("k2")), partition.now)
        #expect(partition.keys(actions) == ["k2", "k0", "k1"])
    }

    /// A flush that was asked for does not wait for its usual time because of an outage.
    @Test func whatWasInvalidatedStaysUrgentInAnOutage() throws {
        var partition = Partition()
        _ = try partition.write("k")
        let first = try #require(
            try partition.core.handle(.invalidated(partition.address("k")), partition.now).batch)
        _ = partition.end(first, .unavailable(retryAfter: nil))
        let second = try #require(partition.pass(.seconds(2)).batch)
        // What is invalidated while it is on its way, as well, with the write that came meanwhile.
        _ = try partition.write("k", "newer")
        _ = try partition.core.handle(.invalidated(partition.address("k")), partition.now)
        _ = partition.end(second, .unavailable(retryAfter: nil))
        let third = try #require(partition.pass(.seconds(4)).batch)
        #expect(third.writes.map(\.version.offset) == [2])
        _ = partition.end(third, .done([.written]))
        #expect(partition.core.count == 0 && partition.core.inconsistency() == nil)
    }

    @Test func theLogMayBeReadTwice() throws {
        var partition = Partition()
        _ = try partition.write("k", "new")
        let old = PendingWrite(
            address: try partition.address("k"), version: LogVersion(generation: 0, offset: 99), change: .delete)
        _ = partition.core.handle(.written(old, isAdmitted: false), partition.now)
        #expect(try partition.core.pending(partition.address("k"))?.version.generation == 1)
        #expect(partition.core.count == 1)
    }
}

extension [WriteAction] {
    fileprivate var batch: WriteBatch? {
        for case .flush(let batch) in self { return batch }
        return nil
    }
}
