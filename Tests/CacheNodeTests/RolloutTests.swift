import CacheNode
import Caches
import Dispatch
import Foundation
import Gateway
import HTTP
import Invalidations
import JSON
import Synchronization
import TestSupport
import Testing

/// Reads of a namespace in a rollout, over a real main API.
@Suite(.timeLimit(.minutes(3)))
struct RolloutTests {
    private static let shop = CacheFixture.shop

    private func fixture(
        _ main: MainServer, _ change: (inout OriginConfiguration) -> Void = { _ in }
    ) throws -> CacheFixture {
        let entry = try main.entry(change)
        return try CacheFixture { $0.namespaces = [entry] }
    }

    private static func waitForCount(_ fixture: CacheFixture, _ name: String, _ count: Int64) throws {
        try eventually("\(name) is \(count)") { try fixture.rolloutCount(Array(name.utf8)) == count }
    }

    @Test func withoutARecordNothingChanges() throws {
        let main = try MainServer(["a": "1"])
        let fixture = try fixture(main)
        #expect(try fixture.get("a", Self.shop).header("Cache-Status")?.contains("stored") == true)
        #expect(try fixture.get("a", Self.shop).header("Cache-Status")?.contains("detail") == false)
        #expect(try fixture.rollout().text.contains("\"phase\":\"off\""))
        let stats = try RawHTTP.get(fixture.port, "/cache/stats").text
        #expect(stats.contains("\"rollouts\":[{\"namespace\":\"shop\",\"phase\":\"off\"}]"), "\(stats)")
        #expect(try fixture.post("a", "{\"value\":2}", Self.shop).status == 200)
        #expect(main.things == ["a": "1"], "in memory, as ever")
        let metrics = try RawHTTP.get(fixture.port, "/metrics").text
        for result in ["equal", "noise", "late", "different", "failed", "shed"] {
            #expect(metrics.contains("cachesync_cache_rollout_compare_total{result=\"\(result)\"} 0"))
        }
    }

    @Test func inTheShadowTheMainAPIAnswersAndTheCacheIsCompared() throws {
        let main = try MainServer(["a": "{\"n\":1}"])
        let fixture = try fixture(main)
        let started = try fixture.order("\"order\":\"shadow\",\"percent\":100,\"reason\":\"try\",\"who\":\"ann\"")
        #expect(started.status == 200 && started.text.contains("\"phase\":\"shadow\",\"reads\":100"), "\(started)")
        #expect(started.text.contains("\"by\":\"ann (") && started.text.contains("\"reason\":\"try\""))
        let first = try fixture.get("a", Self.shop)
        #expect(first.text == "{\"n\":1}" && first.header("ETag") == "\"main\"")
        #expect(first.header("Cache-Status") == "cachesync; fwd=bypass; fwd-status=200; detail=rollout-main")
        try Self.waitForCount(fixture, "equal", 1)
        // The API changes, and nobody says so.
        main.set("a", "{\"n\":2}")
        #expect(try fixture.get("a", Self.shop).text == "{\"n\":2}", "the main API answers")
        try Self.waitForCount(fixture, "different", 1)
        let samples = try fixture.rollout("&samples=10").text
        #expect(
            samples.contains(
                "\"key\":\"a\"")
                && samples.contains(
                    "\"pointer\":\"/n\",\"main\":\"{\\\"n\\\":2}\",\"cache\":\"{\\\"n\\\":1}\""),
            "\(samples)")
        #expect(try fixture.get("nothing", Self.shop).status == 404)
        try Self.waitForCount(fixture, "equal", 2)
        main.set("large", CompressionTests.value)
        for _ in 0..<2 { #expect(try fixture.get("large", Self.shop).text == CompressionTests.value) }
        try Self.waitForCount(fixture, "equal", 4)
        #expect(try fixture.rolloutCount(Array("compared".utf8)) == 5)
        let figures = try fixture.rollout().text
        #expect(figures.contains("\"figures\":{\"compared\":5,\"different\":1,\"calls\":"), "\(figures)")
        let stats = try RawHTTP.get(fixture.port, "/cache/stats").text
        #expect(stats.contains("\"rollouts\":[{\"namespace\":\"shop\",\"phase\":\"shadow\"}]"), "\(stats)")
    }

    @Test func whatTheMainAPIDoesNotAgreeOnIsNoise() throws {
        let main = try MainServer()
        main.answer { _, count in OriginServer.value("{\"at\":\(count),\"n\":1}", [("Cache-Control", "max-age=60")]) }
        let fixture = try fixture(main)
        try fixture.order("\"order\":\"shadow\",\"percent\":100")
        _ = try fixture.get("a", Self.shop)
        try Self.waitForCount(fixture, "noise", 1)

        let quiet = try self.fixture(main) {
            $0.comparison = ValueComparison(ignoring: [JSONPointer("/at")].compactMap(\.self))
        }
        try quiet.order("\"order\":\"shadow\",\"percent\":100")
        _ = try quiet.get("a", Self.shop)
        try Self.waitForCount(quiet, "equal", 1)
    }

    @Test func aCacheThatAgreesASecondLaterWasLate() throws {
        let main = try MainServer(["a": "1"])
        let fixture = try fixture(main) { $0.timeout = OriginServer.patience }
        try fixture.order("\"order\":\"shadow\",\"percent\":100")
        _ = try fixture.get("a", Self.shop)
        try Self.waitForCount(fixture, "equal", 1)
        main.set("a", "2")
        // The reader's call, and then the one for the comparison, which waits.
        let (second, invalidated) = (main.count("GET") + 2, DispatchSemaphore(value: 0))
        defer { invalidated.signal() }
        main.answer { _, count in
            if count == second { _ = invalidated.wait(timeout: .now() + 30) }
            return nil
        }
        _ = try fixture.get("a", Self.shop)
        try eventually("both are asked once more") { main.count("GET") == second }
        // The invalidation comes behind the first comparison, and before the second.
        #expect(try fixture.put("a", "{\"everything\":true}", Self.shop).text.contains("\"invalidated\":1"))
        invalidated.signal()
        try Self.waitForCount(fixture, "late", 1)
        #expect(try fixture.rolloutCount(Array("different".utf8)) == 0)
    }

    @Test func aCanaryAnswersItsShareFromTheCacheAndItOnlyGrows() throws {
        let keys = (0..<60).map { "k\($0)" }
        let main = try MainServer(Dictionary(uniqueKeysWithValues: keys.map { ($0, "1") }))
        let fixture = try fixture(main)
        #expect(try fixture.order("\"order\":\"canary\",\"percent\":20").status == 409, "shadow comes first")
        try fixture.order("\"order\":\"shadow\",\"percent\":0")
        func chosen(_ percent: Int) throws -> Set<String> {
            let answer = try fixture.order("\"order\":\"canary\",\"percent\":\(percent)")
            #expect(answer.status == 200, "\(answer)")
            return try Set(
                keys.filter { key in
                    let answer = try fixture.get(key, Self.shop)
                    #expect(answer.text == "1")
                    let status = answer.header("Cache-Status") ?? ""
                    #expect(status.contains("detail=rollout-main") != status.contains("detail=rollout-cache"))
                    return status.contains("detail=rollout-cache")
                })
        }
        let (small, large) = (try chosen(20), try chosen(60))
        #expect((3...25).contains(small.count) && large.isSuperset(of: small) && large.count > small.count)
        let key = try #require(small.first)
        main.set(key, "2")
        #expect(try fixture.get(key, Self.shop).text == "1", "from the cache")
        let other = try #require(keys.first { !large.contains($0) })
        main.set(other, "2")
        #expect(try fixture.get(other, Self.shop).text == "2", "from the main API")
        #expect(try fixture.rolloutCount(Array("cacheCalls".utf8)) > 0)
        // A write goes to the main API, and the cache forgets the key.
        #expect(try fixture.post(key, "{\"value\":{\"n\": 3}}", Self.shop).status == 200)
        #expect(main.things[key] == "{\"n\": 3}")
        #expect(try fixture.get(key, Self.shop).text == "{\"n\": 3}")
        #expect(try fixture.delete(key, Self.shop).status == 200)
        #expect(main.things[key] == nil)
        #expect(try fixture.get(key, Self.shop).status == 404)
        let refused = try fixture.order("\"order\":\"writes\",\"percent\":5")
        #expect(refused.status == 409 && refused.text.contains("cache.database"), "\(refused)")
        #expect(try fixture.order("\"order\":\"back\"").text.contains("\"phase\":\"shadow\""))
        #expect(try fixture.order("\"order\":\"back\"").text.contains("\"phase\":\"off\""))
        #expect(try fixture.order("\"order\":\"back\"").status == 409)
        #expect(try fixture.get(other, Self.shop).header("Cache-Status")?.contains("detail") == false)
    }

    @Test func anAPIMayAnswerAWriteWithWhatWasWritten() throws {
        let main = try MainServer()
        main.echo()
        let fixture = try fixture(main)
        try fixture.order("\"order\":\"shadow\",\"percent\":0")
        let value = "\"\(String(repeating: "x", count: 1_000_000))\""
        let answer = try fixture.post("a", "{\"value\":\(value)}", Self.shop)
        #expect(answer.status == 200 && answer.text == "{\"success\":true}", "\(answer)")
        #expect(main.things["a"] == value)
        #expect(try fixture.get("a", Self.shop).text == value)
    }

    /// The API carries a write out behind its answer: what was loaded meanwhile must not stay.
    @Test func aWriteThatIsCarriedOutLateIsSeen() throws {
        let main = try MainServer(["a": "1"])
        let fixture = try fixture(main)
        try fixture.order("\"order\":\"shadow\",\"percent\":0")
        try fixture.order("\"order\":\"canary\",\"percent\":100")
        main.answer { request, _ in request.method == "PUT" ? .empty(504) : nil }
        let answer = try fixture.post("a", "{\"value\":2}", Self.shop)
        #expect(answer.status == 502 && answer.text.contains("not known"), "\(answer)")
        #expect(try fixture.get("a", Self.shop).text == "1", "loaded before it is carried out")
        main.set("a", "2")
        try eventually("the cache has it", within: .seconds(20)) { try fixture.get("a", Self.shop).text == "2" }
    }

    @Test func anAPIThatFailsIsSaidSo() throws {
        let main = try MainServer(["a": "1"])
        let fixture = try fixture(main)
        try fixture.order("\"order\":\"shadow\",\"percent\":100")
        main.answer { _, _ in .empty(500) }
        #expect(try fixture.get("a", Self.shop).status == 502)
        #expect(try fixture.post("a", "{\"value\":1}", Self.shop).status == 502)
        main.answer { _, _ in .empty(422) }
        let refused = try fixture.post("a", "{\"value\":1}", Self.shop)
        #expect(refused.status == 422 && refused.text.contains("refused the write"), "\(refused)")
        main.answer(nil)
        let batch = try RawHTTP.post(
            fixture.port, "[{\"op\":\"get\",\"key\":\"a\"}]", to: "/cache/batch?namespace=shop")
        #expect(batch.text.contains("421"), "\(batch)")

        let mute = try self.fixture(main) { $0.write = nil }
        try mute.order("\"order\":\"shadow\",\"percent\":100")
        let unwritten = try mute.post("a", "{\"value\":1}", Self.shop)
        #expect(unwritten.status == 501 && unwritten.text.contains("origin.write"), "\(unwritten)")
    }

    @Test(
        arguments: [
            ("\"order\":\"sideways\"", 400), ("\"order\":\"shadow\"", 400),
            ("\"order\":\"shadow\",\"percent\":101", 400),
            ("\"order\":\"shadow\",\"percent\":1,\"guards\":{\"action\":\"run\"}", 400),
            ("\"order\":\"shadow\",\"percent\":1,\"guards\":{\"samplesMin\":0}", 400),
            ("\"order\":\"shadow\",\"percent\":1,\"guards\":{\"allowDead\":\"no\"}", 400),
            ("\"order\":\"shadow\",\"percent\":1,\"guards\":{\"action\":7}", 400),
            ("\"order\":\"shadow\",\"percent\":1,\"guards\":{\"p99Milliseconds\":-5}", 400),
            ("\"order\":\"cutover\",\"overSeconds\":-1", 400), ("\"order\":\"cutover\"", 409),
        ] as [(String, Int)])
    func anOrderThatMakesNoSenseIsRefused(_ members: String, _ status: Int) throws {
        let fixture = try fixture(try MainServer())
        #expect(try fixture.order(members).status == status)
        #expect(try fixture.rollout().text.contains("\"phase\":\"off\""))
    }

    @Test(arguments: ["0.3333", "0.0004", "33.3", "1e-7", "99.99999", "7"])
    func aGuardIsKeptAsItWasGiven(_ percent: String) throws {
        let fixture = try fixture(try MainServer())
        let guards = "{\"errorsMax\":\(percent),\"mismatchMax\":\(percent)}"
        let answer = try fixture.order("\"order\":\"shadow\",\"percent\":0.3333,\"guards\":\(guards)")
        #expect(answer.status == 200, "\(answer)")
        let found = try JSONParser(bytesMax: 1 << 20).parse(Array(answer.text.utf8)) { root in
            [root["guards"]?["errorsMax"]?.double, root["guards"]?["mismatchMax"]?.double]
        }
        #expect(found == [Double(percent), Double(percent)], "\(answer)")
        #expect(try fixture.order("\"order\":\"canary\",\"percent\":1").status == 200, "they stay")
        for name in ["errorsMax", "mismatchMax"] {
            let order = "\"order\":\"canary\",\"percent\":1,\"guards\":{\"\(name)\":101}"
            #expect(try fixture.order(order).status == 400)
        }
    }

    @Test func onlyOperatorsChangeARollout() throws {
        let entry = try MainServer().entry()
        let fixture = try CacheFixture {
            $0.namespaces = [entry]
            $0.server.cacheTokens = ["a-token-of-the-cache"]
            $0.server.operatorTokens = ["a-token-of-an-operator"]
        }
        let order = "\"order\":\"shadow\",\"percent\":1"
        #expect(try fixture.order(order).status == 401)
        #expect(try fixture.order(order, headers: ["Authorization: Bearer a-token-of-the-cache"]).status == 403)
        #expect(try fixture.order(order, headers: ["Authorization: Bearer a-token-of-an-operator"]).status == 200)
    }

    // MARK: Records that do not count

    /// Who wrote it has ended. Compaction keeps the last record, so that one must be the one that counts.
    @Test func aRecordThatDoesNotCountIsFollowedByTheOneInForce() throws {
        let main = try MainServer(["a": "1"])
        let entry = try main.entry()
        let fixture = try fixture(main)
        let second = try CacheFixture(kafka: fixture.kafka) { $0.namespaces = [entry] }
        try fixture.order("\"order\":\"shadow\",\"percent\":100")
        try fixture.order("\"order\":\"canary\",\"percent\":50")
        let records = RolloutRecords(fixture.kafka)
        let shadow = try #require(try records.all().first)
        try records.publish(shadow.replacing(/"node":"[0-9a-f]+"/, with: "\"node\":\"1\""))
        try eventually("the canary is behind it") { try records.all().last?.contains("canary") == true }
        // Both nodes may have written it, and a copy changes nothing.
        try records.publish(try #require(try records.all().dropFirst().first))
        #expect(try fixture.order("\"order\":\"canary\",\"percent\":60").status == 200)
        for node in [fixture, second] {
            try eventually("all agree") { try node.rollout().text.contains("\"phase\":\"canary\",\"reads\":60") }
        }
        #expect(try second.order("\"order\":\"canary\",\"percent\":70").status == 200)
        try eventually("all agree") { try fixture.rollout().text.contains("\"phase\":\"canary\",\"reads\":70") }
    }

    // MARK: Guards

    @Test func aGuardStepsBackOnce() throws {
        let main = try MainServer(["a": "1"])
        let fixture = try fixture(main)
        try fixture.order(
            "\"order\":\"shadow\",\"percent\":100,\"guards\":{\"mismatchMax\":1,\"errorsMax\":50,\"samplesMin\":5}")
        try fixture.order("\"order\":\"canary\",\"percent\":100")
        main.answer { _, _ in .empty(500) }
        for number in 0..<6 { #expect(try fixture.get("k\(number)", Self.shop).status == 502) }
        try eventually("the guard steps back") { try fixture.rollout().text.contains("\"phase\":\"shadow\"") }
        let status = try fixture.rollout().text
        #expect(status.contains("\"by\":\"guard\"") && status.contains("calls failed"), "\(status)")
        // The shadow has the same guards, and its share becomes none.
        main.answer(nil)
        main.set("b", "1")
        for _ in 0..<5 { _ = try fixture.get("b", Self.shop) }
        try Self.waitForCount(fixture, "equal", 5)
        #expect(try fixture.rollout().text.contains("\"phase\":\"shadow\",\"reads\":100"))
        main.set("b", "2")
        for _ in 0..<5 { _ = try fixture.get("b", Self.shop) }
        try eventually("the shadow ends") { try fixture.rollout().text.contains("\"phase\":\"shadow\",\"reads\":0") }
    }

    /// Behind the shadow, too, a cache that nobody tells of changes is noticed.
    @Test func aMismatchBehindTheShadowStepsBack() throws {
        let main = try MainServer(["a": "1", "b": "1"])
        let fixture = try fixture(main)
        try fixture.order(
            "\"order\":\"shadow\",\"percent\":0,\"guards\":{\"mismatchMax\":30,\"samplesMin\":3}")
        try fixture.order("\"order\":\"canary\",\"percent\":100")
        #expect(try fixture.get("a", Self.shop).text == "1")
        try Self.waitForCount(fixture, "equal", 1)
        // Published: the cache is right, and stays.
        main.set("a", "2")
        #expect(try fixture.put("a", "{\"everything\":true}", Self.shop).status == 200)
        try eventually("it is compared") {
            #expect(try fixture.get("a", Self.shop).text == "2")
            return try fixture.rolloutCount(Array("equal".utf8)) > 1
        }
        #expect(try fixture.rolloutCount(Array("different".utf8)) == 0)
        main.set("a", "3")
        try eventually("the guard steps back", within: .seconds(30)) {
            _ = try fixture.get("a", Self.shop)
            return try fixture.rollout().text.contains("\"phase\":\"shadow\"")
        }
        let status = try fixture.rollout("&samples=1").text
        #expect(status.contains("\"by\":\"guard\"") && status.contains("comparisons differ"), "\(status)")
        #expect(status.contains("\"main\":\"3\",\"cache\":\"2\""), "\(status)")
    }

    /// However much clients read, the main API gets ten more calls a second.
    @Test func whatIsComparedBehindTheShadowIsBounded() throws {
        let main = try MainServer(["a": "1"])
        let fixture = try fixture(main)
        try fixture.order("\"order\":\"shadow\",\"percent\":0")
        try fixture.order("\"order\":\"canary\",\"percent\":100")
        let (clock, before) = (ContinuousClock(), main.count("GET"))
        let begin = clock.now
        for _ in 0..<300 { #expect(try fixture.get("a", Self.shop).text == "1") }
        let time = clock.now - begin
        // The first read loads, and is compared at once.
        #expect(main.count("GET") - before <= 2 + Int(time / .milliseconds(100)))
        try eventually("some are compared") { try fixture.rolloutCount(Array("equal".utf8)) >= 1 }
        #expect(try fixture.rolloutCount(Array("cacheCalls".utf8)) == 300, "comparisons are no calls")
    }
}
