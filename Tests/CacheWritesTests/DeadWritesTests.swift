import CacheWrites
import Caches
import Kafka
import Storage
import TestSupport
import Testing

/// Tests of dead writes that are listed and settled.
@Suite(.serialized, .enabled(if: WritesFixture.isAvailable, WritesFixture.missing))
struct DeadWritesTests {
    @Test(.timeLimit(.minutes(2)))
    func whatIsSettledIsNoLongerOpen() throws {
        let fixture = try WritesFixture("settle")
        let running = try fixture.startFollower { $0.settings.delay = .milliseconds(100) }
        try running.waitUntilOwner()
        try fixture.connect().execute("ALTER TABLE entries ADD CHECK (value <> '666'::bytea)")
        for key in ["a", "b", "c"] { try running.append(WritesFixture.record(key, 666)) }
        try fixture.explained { try eventually("they are dead") { try fixture.deadLetters().count == 3 } }
        let dead = try DeadWrites(fixture.kafka)
        let open = try dead.findOpen(max: 10)
        #expect(!open.isCut && open.deadLetters.count == 3)
        #expect(open.deadLetters.allSatisfy { $0.class == "refused" && $0.reason.contains("check constraint") })
        let keys = open.deadLetters.compactMap { $0.write.map { String(decoding: $0.key.bytes, as: UTF8.self) } }
        #expect(keys.sorted() == ["a", "b", "c"])
        func deadLetter(_ key: String) throws -> DeadLetterOfWrite {
            for found in open.deadLetters where found.write?.key.bytes == Array(key.utf8) { return found }
            throw ProcessWorldError("no dead letter of \(key)")
        }
        #expect(try deadLetter("a").write?.change == WritesFixture.record("a", 666).change)
        #expect(try dead.findOpen(max: 2).isCut && dead.findOpen(max: 2).deadLetters.count == 2)
        #expect(try dead.findObstacles(open.deadLetters).isEmpty)

        // A later write of the key, even a delete, stays.
        try running.append(WritesFixture.record("b", nil))
        let obstacles = try dead.findObstacles(open.deadLetters)
        #expect(obstacles.count == 1)
        if case .later = obstacles[try deadLetter("b").name] {} else { Issue.record("\(obstacles)") }

        for _ in 0..<2 { try dead.settle(deadLetter("b"), .superseded) }
        try dead.settle(deadLetter("c"), .discarded)
        #expect(try dead.findOpen(max: 10).deadLetters.map(\.name) == [deadLetter("a").name])
        let named = try dead.findOpen([deadLetter("a").name, deadLetter("b").name], max: 10)
        #expect(named.deadLetters.map(\.name) == [try deadLetter("a").name])
        // Marks are no dead letters, for a reader that begins now as well.
        #expect(try DeadWrites(fixture.kafka).findOpen(max: 10).deadLetters.count == 1)
    }

    @Test(arguments: ["", "1", "1/", "/1", "-1/2", "1/-2", "1/2/3", "01/2", "4294967296/1", "a/b"])
    func anotherTextIsNoName(_ text: String) {
        #expect(DeadLetterOfWrite.Name(text) == nil)
    }
}
