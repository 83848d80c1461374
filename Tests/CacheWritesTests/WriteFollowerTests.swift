import CacheWrites
import Caches
import Foundation
import Invalidations
import Kafka
import Storage
import Synchronization
import TestSupport
import Testing
import TopicCatalogue

/// Tests of a follower on a real Kafka and a real PostgreSQL.
@Suite(.serialized, .enabled(if: WritesFixture.isAvailable, WritesFixture.missing))
struct WriteFollowerTests {
    @Test(.timeLimit(.minutes(2)))
    func writesReachTheDatabaseNewestPerKey() throws {
        let fixture = try WritesFixture("newest")
        let running = try fixture.startFollower()
        try running.waitUntilOwner()
        for number in 0..<30 { try running.append(WritesFixture.record("k\(number % 7)", number)) }
        try running.append(WritesFixture.record("k0", nil))
        var newest: [String: Int] = [:]
        for number in 0..<30 { newest["k\(number % 7)"] = number }
        newest["k0"] = nil
        try fixture.expectRows(newest)

        let row = try fixture.connect().run(
            """
            SELECT array_length(tags, 1), fresh_ns, stale_if_error_ns, stale_while_revalidate_ns,
                (extract(epoch FROM now() - written_at) BETWEEN 0 AND 600), namespace FROM entries LIMIT 1
            """)
        let columns = row.firstRow { row in (0..<5).map { row.integer($0) } }
        #expect(columns == [2, 60_000_000_000, 5_000_000_000, 0, 1])
        try eventually("nothing is left") { running.follower.state.dirty == 0 }
        #expect(running.follower.state.problem == nil)
        #expect(running.follower.pending(.default, try CacheKey("k1")) == .flushed)
    }

    @Test(.timeLimit(.minutes(2)))
    func aWriteIsSeenUntilTheDatabaseHasIt() throws {
        let fixture = try WritesFixture("pending")
        let running = try fixture.startFollower { $0.settings.delay = .seconds(3_600) }
        let key = try CacheKey("k")
        let shop = try #require(Namespace("shop"))
        try running.waitUntilOwner()
        let write = try running.append(WritesFixture.record("k", 1))
        guard case .unflushed(let pending) = running.follower.pending(shop, key) else {
            Issue.record("the write is not seen")
            return
        }
        #expect(pending.version == write.version && write.verdict == .counts)
        #expect(running.follower.pending(.default, key) == .flushed, "another namespace")
        #expect(running.follower.state.dirty == 1 && running.count("cachesync_cache_dirty") == 1)
        running.follower.flushFirst(shop, key)
        try fixture.expectRows(["k": 1])
        try eventually("it is flushed") { running.follower.pending(shop, key) == .flushed }
        running.end()
        #expect(running.follower.pending(shop, key) == .notOwned)
        #expect(throws: AppendError.notOwned) { try running.append(WritesFixture.record("k", 2)) }
    }

    /// What the database does not have may hide what others have written there.
    @Test(.timeLimit(.minutes(2)))
    func whatIsInvalidatedIsFlushedFirst() throws {
        let fixture = try WritesFixture("invalidated")
        let running = try fixture.startFollower { $0.settings.delay = .seconds(3_600) }
        let follower = running.follower
        let shop = try #require(Namespace("shop"))
        try running.waitUntilOwner()
        let names = (0..<50).map { "k\($0)" }
        // A flush has other keys of the partition with it.
        let other = try #require(
            try names.first {
                try follower.partition(of: shop, CacheKey($0)) != follower.partition(of: shop, CacheKey("m"))
            })
        try running.append(WritesFixture.record("m", 1))
        try running.append(WritesFixture.record(other, 1))
        follower.flushFirst(CacheSelectors(everything: true), in: .default)
        follower.flushFirst(CacheSelectors(tags: ["t"], prefixes: [KeyPrefix(keyBytes: Array("km".utf8))]), in: shop)
        follower.flushFirst(CacheSelectors(keys: [try CacheKey("m"), try CacheKey("none")]), in: shop)
        try fixture.expectRows(["m": 1])
        follower.flushFirst(CacheSelectors(tags: ["t", "t2"]), in: shop)
        try fixture.expectRows(["m": 1, other: 1])
        try running.append(WritesFixture.record("m", 2))
        follower.flushFirst(CacheSelectors(prefixes: [KeyPrefix(keyBytes: Array("m".utf8))]), in: shop)
        try fixture.expectRows(["m": 2, other: 1])
        try running.append(WritesFixture.record("m", nil))
        follower.flushFirst(CacheSelectors(everything: true), in: shop)
        try fixture.expectRows([other: 1])
        // More than it keeps: all that waits is flushed.
        try running.append(WritesFixture.record("m", 3))
        let tags = (0..<11_000).map { "tag-\($0)" }
        follower.flushFirst(CacheSelectors(tags: tags), in: .default)
        try fixture.expectRows(["m": 3, other: 1])
    }

    @Test(.timeLimit(.minutes(2)))
    func writesThatNewerOnesReplaceAreCounted() throws {
        let fixture = try WritesFixture("replaced")
        let first = try fixture.startFollower { $0.settings.delay = .seconds(3_600) }
        try first.waitUntilOwner()
        try first.append(WritesFixture.record("k", 0))
        try first.append(WritesFixture.record("k", 1))
        try eventually("one write is replaced") { first.count("cachesync_cache_coalesced_total") == 1 }
        first.end()
        try fixture.expectRows(["k": 1])
    }

    /// What a follower has not flushed stands in the log.
    @Test(.timeLimit(.minutes(2)))
    func theNextOwnerGoesOnWhereTheDatabaseSays() throws {
        let fixture = try WritesFixture("next")
        let first = try fixture.startFollower { $0.settings.delay = .seconds(3_600) }
        try first.waitUntilOwner()
        for number in 0..<5 { try first.append(WritesFixture.record("k\(number)", number)) }
        try first.append(WritesFixture.record("k0", nil))
        first.end(atOnce: true)
        #expect(try fixture.rows().isEmpty)
        for number in 5..<8 { try fixture.append(WritesFixture.record("k\(number)", number)) }
        let second = try fixture.startFollower()
        try fixture.expectRows(Dictionary(uniqueKeysWithValues: (1..<8).map { ("k\($0)", $0) }))
        second.end()
    }

    @Test(.timeLimit(.minutes(2)))
    func whatWaitsIsFlushedWhenAFollowerEndsInOrder() throws {
        let fixture = try WritesFixture("end")
        let running = try fixture.startFollower { $0.settings.delay = .seconds(3_600) }
        try running.waitUntilOwner()
        for number in 0..<20 { try running.append(WritesFixture.record("k\(number % 5)", number)) }
        running.end()
        #expect(try fixture.rows() == ["k0": 15, "k1": 16, "k2": 17, "k3": 18, "k4": 19])
    }

    @Test(.timeLimit(.minutes(2)))
    func theEmbeddedBrokerWorksAsWell() throws {
        let cluster = try EmbeddedCluster()
        try TopicSetup.apply(to: cluster)
        try withExtendedLifetime(cluster) {
            let fixture = try WritesFixture("", kafka: KafkaConfiguration(brokers: cluster.brokers))
            let running = try fixture.startFollower()
            try running.waitUntilOwner(of: 12)
            for number in 0..<30 { try running.append(WritesFixture.record("k\(number % 10)", number)) }
            try fixture.expectRows(Dictionary(uniqueKeysWithValues: (0..<10).map { ("k\($0)", 20 + $0) }))
            running.end()
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func aPoisonRowDiesAloneWithItsBytes() throws {
        let fixture = try WritesFixture("poison")
        let news = OwnerNews()
        let running = try fixture.startFollower {
            $0.settings.delay = .milliseconds(300)
            $0.observer = news
        }
        try running.waitUntilOwner()
        try fixture.connect().execute("ALTER TABLE entries ADD CHECK (value <> '666'::bytea)")
        for number in 0..<40 {
            try fixture.append(WritesFixture.record("k\(number)", number == 17 ? 666 : number))
        }
        var wanted = Dictionary(uniqueKeysWithValues: (0..<40).map { ("k\($0)", $0) })
        wanted["k17"] = nil
        try fixture.expectRows(wanted)
        try fixture.explained {
            try eventually("the row is dead") { try fixture.deadLetters().count == 1 }
        }
        let dead = try #require(try fixture.deadLetters().first)
        #expect(dead.key == "shop\0k17" && dead.value == Array("666".utf8))
        #expect(dead.headers["cs-dlq-class"] == "refused" && dead.headers["cs-tags"] == "t1,t2")
        #expect(dead.headers["cs-last-error"]?.contains("check constraint") == true)
        #expect(dead.headers["cs-fresh"] == "60000000000" && dead.headers["cs-written-at"] != nil)
        try eventually("it is forgotten") { news.all.forgotten == ["shop/k17"] && running.follower.state.dirty == 0 }
        #expect(news.all.owned == [0, 1, 2] && news.all.applied == 40)
        // A later write of the key takes its place.
        try running.append(WritesFixture.record("k17", 17))
        wanted["k17"] = 17
        try fixture.expectRows(wanted)
        #expect(running.count("cachesync_cache_dead_total") == 1)
    }

    @Test(.timeLimit(.minutes(2)))
    func aRecordThatIsNoWriteHoldsNobodyUp() throws {
        let fixture = try WritesFixture("garbage")
        let running = try fixture.startFollower()
        try running.waitUntilOwner()
        let producer = try KafkaProducer(fixture.kafka)
        for partition in 0..<Int32(WritesFixture.partitions) {
            try producer.send(
                topic: TopicName.cacheWrites, key: Array("no write \(partition)".utf8), value: [1, 2, 3],
                headers: [KafkaHeader("x", "y")], token: 1)
        }
        #expect(producer.flush(timeout: .seconds(30)) == 0)
        for number in 0..<12 { try running.append(WritesFixture.record("k\(number)", number)) }
        try fixture.expectRows(Dictionary(uniqueKeysWithValues: (0..<12).map { ("k\($0)", $0) }))
        try eventually("all are dead letters") { try fixture.deadLetters().count == WritesFixture.partitions }
        let dead = try fixture.deadLetters()
        #expect(dead.allSatisfy { $0.value == [1, 2, 3] && $0.headers["x"] == "y" })
        #expect(dead.allSatisfy { $0.headers["cs-dlq-class"] == "undecodable" })
    }

    /// Whatever epoch a record names, it stops nobody for long.
    @Test(.timeLimit(.minutes(2)))
    func aClaimInTheLogMakesTheOwnerClaimOnceMore() throws {
        let fixture = try WritesFixture("claims")
        let running = try fixture.startFollower()
        try running.waitUntilOwner()
        try running.append(WritesFixture.record("k", 1))
        let producer = try KafkaProducer(fixture.kafka)
        try producer.warmUp(topics: [TopicName.cacheWrites], timeout: .seconds(30))
        for partition in 0..<Int32(WritesFixture.partitions) {
            try producer.send(
                topic: TopicName.cacheWrites, partition: partition, key: [UInt8]?.none, value: nil,
                headers: [KafkaHeader("cs-owner-epoch", "\(Int64.max)")], token: 1)
        }
        #expect(producer.flush(timeout: .seconds(30)) == 0)
        try fixture.explained {
            try eventually("all is claimed once more", within: .seconds(60)) {
                try fixture.connect().integer("SELECT min(epoch) FROM fence") ?? 0 >= 2
            }
        }
        try running.waitUntilOwner()
        #expect(try running.append(WritesFixture.record("k", 2)).verdict == .counts)
        try fixture.expectRows(["k": 2])
        #expect(try fixture.deadLetters().isEmpty)
    }

    /// Somebody who has claimed a partition later is the only one who flushes it.
    @Test(.timeLimit(.minutes(2)))
    func theFlushOfAnOwnerThatLostItsPartitionIsRefused() throws {
        let fixture = try WritesFixture("fenced")
        let running = try fixture.startFollower { $0.settings.delay = .seconds(3_600) }
        let (shop, key) = (try #require(Namespace("shop")), try CacheKey("k"))
        try running.waitUntilOwner()
        let position = try running.append(WritesFixture.record("k", 1)).position
        #expect(running.follower.partition(of: shop, key) == position.partition)
        try fixture.connect().execute("UPDATE fence SET epoch = epoch + 1 WHERE partition_id = \(position.partition)")
        running.follower.flushFirst(shop, key)
        let fenced = "cachesync_cache_flush_total{result=\"fenced\"}"
        try fixture.explained {
            try eventually("the flush is refused") { running.count(fenced) == 1 }
        }
        // The group still gives it the partition, so it claims it once more, and reads the log anew.
        try fixture.explained {
            try eventually("it is flushed", within: .seconds(60)) {
                running.follower.flushFirst(shop, key)
                return try fixture.rows() == ["k": 1]
            }
        }
        let epoch = try fixture.connect().integer(
            "SELECT epoch FROM fence WHERE partition_id = \(position.partition)")
        #expect(epoch ?? 0 >= 3)
    }

    @Test(.timeLimit(.minutes(2)))
    func conditionsAreDecidedByTheLog() throws {
        let fixture = try WritesFixture("conditions")
        let running = try fixture.startFollower()
        try running.waitUntilOwner()
        func append(_ number: Int?, _ condition: VersionCondition?) throws -> AppendedWrite {
            try running.append(WritesFixture.record("k", number, condition: condition))
        }
        let first = try append(1, .absent)
        #expect(first.verdict == .counts)
        #expect(try append(2, .absent).verdict == .conditionFailed)
        try fixture.expectRows(["k": 1])
        try eventually("it is flushed") { running.follower.state.dirty == 0 }
        // The database is asked now.
        #expect(try append(3, .absent).verdict == .conditionFailed)
        let second = try append(4, .version(#require(first.version)))
        #expect(second.verdict == .counts)
        #expect(try append(5, .version(#require(first.version))).verdict == .conditionFailed)
        try fixture.expectRows(["k": 4])
        #expect(try append(nil, .version(#require(second.version))).verdict == .counts)
        #expect(try append(6, .version(#require(second.version))).verdict == .conditionFailed)
        try fixture.expectRows([:])
        #expect(try append(7, .absent).verdict == .counts)
        try fixture.expectRows(["k": 7])
        // The next owner decides alike, whatever it reads once more.
        running.end()
        try fixture.connect().execute("UPDATE fence SET flushed = -1")
        let next = try fixture.startFollower()
        try next.waitUntilOwner()
        try eventually("all is flushed") { next.follower.state.dirty == 0 }
        try fixture.expectRows(["k": 7])
        #expect(try next.append(WritesFixture.record("k", 8, condition: .absent)).verdict == .conditionFailed)
    }

    /// The first owner dies with its memory. The next one knows from the log or from the database what was done.
    @Test(.timeLimit(.minutes(3)), arguments: [false, true])
    func aRepetitionIsKnownToTheNextOwner(isFlushed: Bool) throws {
        let fixture = try WritesFixture("repeats")
        let delay = isFlushed ? Duration.milliseconds(50) : .seconds(3_600)
        let key = try CacheKey("k")
        let shop = try #require(Namespace("shop"))
        func record(_ number: Int, _ content: UInt128 = 1, _ condition: VersionCondition? = nil) throws -> WriteRecord {
            try WritesFixture.record(
                "k", number, condition: condition, fingerprint: WriteFingerprint(name: .max - 7, content: content))
        }
        let first = try fixture.startFollower { $0.settings.delay = delay }
        try first.waitUntilOwner()
        #expect(try first.append(record(1, 1, .absent)).verdict == .counts)
        #expect(try first.append(record(1, 1, .absent)).verdict == .repeated, "it is the condition's own write")
        if isFlushed { try fixture.expectRows(["k": 1]) }
        first.end(atOnce: true)
        // Somebody else's, while the client waits to send its own once more.
        try fixture.append(WritesFixture.record("k", 2))

        let second = try fixture.startFollower()
        try second.waitUntilOwner()
        let found = second.follower.find(WriteFingerprint(name: .max - 7, content: 1), shop, key)
        #expect(found == .repeated)
        #expect(try second.append(record(1, 1, .absent)).verdict == .repeated)
        #expect(try second.append(record(3, 2)).verdict == .keyIsUsed)
        try fixture.expectRows(["k": 2])
        try eventually("all is flushed") { second.follower.state.dirty == 0 }
        #expect(try fixture.rows() == ["k": 2])
        #expect(try fixture.connect().integer("SELECT count(*) FROM repeats") == 1)
    }

    @Test(.timeLimit(.minutes(2)))
    func missingTablesStopTheFlushAndNothingDies() throws {
        let fixture = try WritesFixture("stop")
        let running = try fixture.startFollower { $0.settings.delay = .milliseconds(200) }
        try running.waitUntilOwner()
        try fixture.connect().execute("ALTER TABLE entries RENAME TO elsewhere")
        try running.append(WritesFixture.record("k", 1))
        try eventually("it says so") { running.follower.state.problem?.contains("entries") == true }
        try fixture.connect().execute("ALTER TABLE elsewhere RENAME TO entries")
        try fixture.expectRows(["k": 1], within: .seconds(60))
        #expect(try fixture.deadLetters().isEmpty)
    }

    @Test(.timeLimit(.minutes(2)))
    func whatWaitsIsBounded() throws {
        let fixture = try WritesFixture("bounds")
        let running = try fixture.startFollower {
            $0.settings.delay = .seconds(3_600)
            $0.settings.countMax = .max
            $0.settings.keysMax = 2
        }
        try running.waitUntilOwner()
        // A write that is read back before Kafka's answer counts twice for a moment: so those refused try once more.
        var accepted: Set<Int> = []
        try eventually("there are two keys in each partition") {
            for number in 0..<20 where !accepted.contains(number) {
                do {
                    try running.append(WritesFixture.record("k\(number)", number))
                    accepted.insert(number)
                } catch AppendError.overloaded(let pause) {
                    #expect(pause >= .seconds(1))
                }
            }
            return running.follower.state.dirty >= 2 * WritesFixture.partitions
        }
        #expect(accepted.count == 2 * WritesFixture.partitions)
        #expect(running.follower.state.dirty == accepted.count)
    }
}

/// What a follower has told.
private final class OwnerNews: WriteObserver {
    struct News: Sendable {
        var applied = 0
        var forgotten: [String] = []
        var owned: Set<Int32> = []
    }

    private let news = Mutex(News())

    var all: News { news.withLock { $0 } }

    func didApply(_ write: PendingWrite, namespace: Namespace) { news.withLock { $0.applied += 1 } }

    func mustForget(namespace: Namespace, key: CacheKey) {
        news.withLock { $0.forgotten.append("\(namespace)/\(key)") }
    }

    func didChangeOwnership(of partition: Int32, isOwned: Bool) {
        news.withLock { news in
            if isOwned { news.owned.insert(partition) } else { news.owned.remove(partition) }
        }
    }
}
