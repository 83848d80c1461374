import CacheNode
import Caches
import Foundation
import Gateway
import HTTP
import Runtime
import Synchronization
import TestSupport
import Testing

/// Durable writes whose main database is an HTTP API: a real server, and a real Kafka.
@Suite(.serialized, .enabled(if: DurableFixture.isAvailable, DurableFixture.missing), .timeLimit(.minutes(3)))
struct MainAPITests {
    private static let keys = (0..<12).map { "k\($0)" }

    private static func node(
        _ fixture: DurableFixture, _ api: MainAPIServer, _ change: (inout CacheConfiguration) -> Void = { _ in }
    ) throws -> CacheFixture {
        let writes = try api.configuration()
        let node = try fixture.node {
            $0.writes = writes
            change(&$0)
        }
        for key in keys {
            try eventually("\(key) has an owner", within: .seconds(60)) {
                ![503, 307].contains(try node.get(key).status)
            }
        }
        return node
    }

    private static func post(_ node: CacheFixture, _ key: String, _ value: String) throws {
        let answer = try node.post(key, "{\"value\":\(value),\"tags\":[\"t\"],\"ttl\":60.5}")
        #expect(answer.status == 200, "\(answer)")
    }

    private static func stats(_ node: CacheFixture) throws -> String { try RawHTTP.get(node.port, "/cache/stats").text }

    private static func dead(_ node: CacheFixture) -> Bool {
        !node.metrics.exposition().contains("cachesync_cache_dead_total 0")
    }

    @Test func eachVersionArrivesOnceAndInOrderAndTheNextOwnerGoesOnBehindIt() throws {
        let (fixture, api) = (try DurableFixture("api"), try MainAPIServer())
        let node = try Self.node(fixture, api)
        DispatchQueue.concurrentPerform(iterations: Self.keys.count) { index in
            for value in 1...20 {
                let answer = try? node.post(Self.keys[index], "{\"value\":\(value),\"tags\":[\"t\"]}")
                #expect(answer?.status == 200)
            }
        }
        #expect(try node.delete("k0").status == 200)
        let wanted = Dictionary(uniqueKeysWithValues: Self.keys.dropFirst().map { ($0, "20") })
        try eventually("the API has the newest of each key") { api.values == wanted }
        try eventually("nothing waits") { try Self.stats(node).contains("\"dirty\":0") }
        #expect(api.faults.isEmpty)
        for (key, versions) in api.stored { #expect(versions == versions.sorted(), "\(key)") }
        let first = try #require(api.batches.first.map { String(decoding: $0.body, as: UTF8.self) })
        #expect(first.contains("\"namespace\":\"default\"") && first.contains("\"tags\":[\"t\"]"), "\(first)")
        let names = api.batches.compactMap { $0.headers.first("Idempotency-Key") }
        #expect(Set(names).count == Set(api.batches.map(\.body)).count, "a name for each content")
        try node.drain()

        let before = api.batches.count
        let next = try Self.node(fixture, api)
        for key in Self.keys.dropFirst() {
            let answer = try next.get(key)
            #expect(answer.text == "20" && answer.header("Cache-Groups")?.contains("t") == true, "\(answer)")
        }
        #expect(try next.get("k0").status == 404)
        try Self.post(next, "k0", "21")
        try eventually("it is newer than the delete") { api.values["k0"] == "21" }
        #expect(api.batches.count == before + 1, "what was flushed is not sent once more")
    }

    @Test func conditionsAreDecidedByWhatTheAPIHas() throws {
        let (fixture, api) = (try DurableFixture("api-conditions"), try MainAPIServer())
        let node = try Self.node(fixture, api)
        #expect(try node.post("k1", "{\"value\":1}", headers: ["If-None-Match: *"]).status == 200)
        #expect(try node.post("k1", "{\"value\":2}", headers: ["If-None-Match: *"]).status == 412)
        let tag = try #require(try node.get("k1").header("ETag"))
        try eventually("it is flushed") { api.values["k1"] == "1" }
        try node.drain()
        let next = try Self.node(fixture, api)
        #expect(try next.post("k1", "{\"value\":2}", headers: ["If-None-Match: *"]).status == 412)
        #expect(try next.post("k1", "{\"value\":3}", headers: ["If-Match: \(tag)"]).status == 200)
        #expect(try next.post("k1", "{\"value\":4}", headers: ["If-Match: \(tag)"]).status == 412)
        try eventually("it is flushed") { api.values["k1"] == "3" }
        #expect(try next.delete("k1").status == 200)
        #expect(try next.post("k1", "{\"value\":5}", headers: ["If-None-Match: *"]).status == 200)
        try eventually("it is flushed") { api.values["k1"] == "5" }
    }

    /// More bytes than the values have, nested as deep as they are.
    @Test func anAPIMayAnswerABatchWithWhatWasWritten() throws {
        let (fixture, api) = (try DurableFixture("api-echo"), try MainAPIServer())
        api.echo()
        let node = try Self.node(fixture, api)
        let text = String(repeating: "x", count: 1_000_000)
        let value = String(repeating: "[", count: 60) + "\"\(text)\"" + String(repeating: "]", count: 60)
        DispatchQueue.concurrentPerform(iterations: 4) { index in
            let answer = try? node.post(Self.keys[index], "{\"value\":\(value)}")
            #expect(answer?.status == 200)
        }
        try eventually("nothing waits") { try Self.stats(node).contains("\"dirty\":0") }
        #expect(api.things.count == 4 && api.faults.isEmpty && !Self.dead(node))
    }

    /// Answers that say nothing of a row.
    @Test func anOutageWaitsAndNothingIsDead() throws {
        let (fixture, api) = (try DurableFixture("api-outage"), try MainAPIServer())
        let node = try Self.node(fixture, api)
        let away: [(HTTPResponse, String)] = [
            (.empty(503), "503"), (.empty(429), "429"), (.empty(401), "401"), (.empty(404), "404"),
            (.empty(403), "with 403"), (.empty(408), "with 408"), (.empty(425), "with 425"),
            (.empty(204), "204"), (OriginServer.value("{\"results\":[]}"), "no result for each write"),
            (OriginServer.value("{\"results\":[{\"status\":\"stored\"},{\"status\":\"stored\"}]}"), "no result"),
            (OriginServer.value("{\"results\":[{\"status\":\"maybe\"}]}"), "no result"),
            (OriginServer.value("{\"results\":[{\"status\":\"stored\",\"key\":\"other\"}]}"), "no result"),
            (OriginServer.value("gone"), "no result"),
        ]
        for (number, (response, words)) in away.enumerated() {
            api.answerBatches { _, _ in response }
            let before = api.batches.count
            try Self.post(node, "k1", "\(number)")
            try eventually("it is tried twice") { api.batches.count >= before + 2 }
            try eventually("health says why") { try Self.stats(node).contains(words) }
            let tried = api.batches[before...].map { $0.headers.first("Idempotency-Key") }
            #expect(Set(tried).count == 1, "the same batch has the same name")
            #expect(try node.get("k1").text == "\(number)")
            api.answerBatches(nil)
            try eventually("it is there") { api.values["k1"] == "\(number)" }
            try eventually("nothing waits") { try Self.stats(node).contains("\"dirty\":0") }
        }
        #expect(!Self.dead(node))
    }

    /// The pauses of the node alone are a fifth of a second at most.
    @Test(arguments: [425, 503])
    func theAPISaysWhenToComeBack(_ status: Int) throws {
        let (fixture, api) = (try DurableFixture("api-later-\(status)"), try MainAPIServer())
        let node = try Self.node(fixture, api)
        let tries = Mutex<[MonotonicTime]>([])
        api.answerBatches { _, _ in
            let count = tries.withLock { tries in
                tries.append(.now())
                return tries.count
            }
            return count == 1 ? HTTPResponse(status: status, headers: [("Retry-After", "1")]) : nil
        }
        try Self.post(node, "k1", "1")
        try eventually("it is there") { api.values["k1"] == "1" }
        let times = tries.withLock { $0 }
        #expect(times.count == 2 && times[1] - times[0] >= .seconds(1), "\(times.count) tries")
        #expect(!Self.dead(node))
    }

    /// Loads of the main API: what says nothing of the value is an outage, and no absence that is remembered.
    @Test func aReadThatTheAPIRefusesIsNoAbsence() throws {
        let (fixture, api) = (try DurableFixture("api-reads"), try MainAPIServer())
        let first = try Self.node(fixture, api)
        for key in Self.keys { try Self.post(first, key, "1") }
        try eventually("all is flushed") { api.values.count == Self.keys.count }
        try first.drain()
        let node = try Self.node(fixture, api)
        _ = try node.put("any", "{\"everything\":true}")
        let later = [("Retry-After", "600")]
        for (index, status) in [401, 403, 408, 425, 429, 503].enumerated() {
            api.answerReads(HTTPResponse(status: status, headers: later))
            let answer = try node.get(Self.keys[index])
            let pause = answer.header("Retry-After").flatMap { Int($0) } ?? 0
            #expect(answer.status == 502 && (1...30).contains(pause), "\(status): \(answer)")
        }
        api.answerReads(nil)
        // The pause of a failed load is a second, whatever the API says.
        for key in Self.keys { try eventually("\(key) is there") { try node.get(key).text == "1" } }
    }

    @Test func aRefusedWriteIsDeadAndOthersGoOn() throws {
        let (fixture, api) = (try DurableFixture("api-refused"), try MainAPIServer())
        let node = try Self.node(fixture, api) {
            $0.writes?.settings.delay = .seconds(3_600)
            $0.writes?.settings.countMax = 10_000
        }
        for key in Self.keys { try Self.post(node, key, "1") }
        api.refuse(["666"])
        try Self.post(node, "k1", "666")
        try node.drain()
        var wanted = Dictionary(uniqueKeysWithValues: Self.keys.map { ($0, "1") })
        wanted["k1"] = nil
        #expect(api.values == wanted)
        #expect(Self.dead(node))

        // The whole batch is refused for the sake of one.
        let next = try Self.node(fixture, api) {
            $0.writes?.settings.delay = .seconds(3_600)
            $0.writes?.settings.countMax = 10_000
        }
        api.answerBatches { request, _ in
            let writes = (try? MainAPIServer.writes(of: request)) ?? []
            return writes.contains { $0.thing.value == "667" } ? .empty(422) : nil
        }
        for key in Self.keys { try Self.post(next, key, key == "k2" ? "667" : "2") }
        try next.drain()
        wanted = Dictionary(uniqueKeysWithValues: Self.keys.map { ($0, $0 == "k2" ? "1" : "2") })
        #expect(api.values == wanted)
        #expect(Self.dead(next))
    }

    /// Each node finds the owner of a key by what Kafka's group has committed.
    @Test func nodesFindEachOther() throws {
        let (fixture, api) = (try DurableFixture("api-nodes"), try MainAPIServer())
        let ports = [try freePort(), try freePort()]
        let nodes = try ports.map { port in
            let writes = try api.configuration()
            return try fixture.node {
                $0.writes = writes
                $0.writes?.address = "http://127.0.0.1:\(port)"
                $0.server.http.port = port
            }
        }
        for key in Self.keys {
            for node in nodes {
                try eventually("\(key) is written", within: .seconds(60)) {
                    try node.post(key, "{\"value\":1}").status == 200
                }
            }
        }
        try eventually("both own some", within: .seconds(60)) {
            try nodes.allSatisfy { try !Self.stats($0).contains("\"ownedPartitions\":0") }
        }
        for key in Self.keys {
            try eventually("\(key) is written", within: .seconds(30)) {
                try nodes[0].post(key, "{\"value\":7}").status == 200
            }
            try eventually("\(key) is read", within: .seconds(30)) { try nodes[1].get(key).text == "7" }
        }
        try nodes[0].drain()
        for key in Self.keys {
            try eventually("\(key) is read", within: .seconds(60)) { try nodes[1].get(key).text == "7" }
        }
        #expect(api.faults.isEmpty)
        for (key, versions) in api.stored { #expect(versions == versions.sorted(), "\(key)") }
    }

    /// The main API of a rollout gets queued writes in batches, and the others one by one.
    @Test func aRolloutGoesToTheEndAndBack() throws {
        let (fixture, api) = (try DurableFixture("api-rollout"), try MainAPIServer())
        let entry = try api.entry()
        let node = try Self.node(fixture, api) { $0.namespaces = [entry] }
        func order(_ members: String) throws {
            let answer = try node.order(members)
            #expect(answer.status == 200, "\(answer)")
        }
        func write(_ value: String) throws {
            for key in Self.keys {
                try eventually("\(key) is written") {
                    try node.post(key, "{\"value\":\(value)}", CacheFixture.shop).status == 200
                }
            }
            for key in Self.keys { #expect(try node.get(key, CacheFixture.shop).text == value) }
            try eventually("the main API has all") {
                api.values == Dictionary(uniqueKeysWithValues: Self.keys.map { ($0, value) })
            }
        }
        try order("\"order\":\"shadow\",\"percent\":100")
        try write("1")
        try order("\"order\":\"canary\",\"percent\":50")
        try write("2")
        #expect(api.batches.isEmpty)
        try order("\"order\":\"writes\",\"percent\":50")
        try write("3")
        try order("\"order\":\"cutover\"")
        try write("4")
        #expect(Set(api.stored.keys) == Set(Self.keys), "all were queued")
        for (number, step) in ["writes", "canary", "shadow"].enumerated() {
            try eventually("back to \(step)", within: .seconds(30)) {
                try node.order("\"order\":\"back\"").status == 200
            }
            try write("\(5 + number)")
        }
    }
}
