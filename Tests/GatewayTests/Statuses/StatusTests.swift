import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing

// Foundation has a type of that name, too.
import struct Invalidations.Progress

/// What a status says, and as of when.
@Suite(.timeLimit(.minutes(2)))
struct StatusTests {
    private static let id = RequestID("0190a1b2-0000-7000-8000-00000000abcd")!
    private static let random = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6"

    private static func progress(
        _ edges: [Progress.Edge], namespace: Namespace = .default, at: Timestamp = .now(),
        failure: RequestFailure? = nil
    ) -> Progress {
        Progress(
            id: id, namespace: namespace, requestedAt: at, at: at, source: "worker-test", edges: edges,
            failure: failure)
    }

    @Test func whatEdgesPurgedIsToldApart() throws {
        let gateway = try GatewayFixture()
        try gateway.fold(
            Self.progress([
                .init("a", .purged, objects: 12), .init("b", .purged, objects: 0), .init("c", .skipped),
                .init("d", .purged), .init("e", .queued),
            ]))
        let answer = try RawHTTP.get(gateway.port, "/status/\(Self.id)")
        let edges = answer.list("edges")
        #expect(edges.map { $0["state"] as? String } == ["purged", "purged", "skipped", "purged", "queued"])
        #expect(edges.map { $0["outcome"] as? String } == ["purged", "absent", "skipped", "purged", nil])
        #expect(edges.map { $0["objects"] as? Int } == [12, 0, nil, nil, nil])
        #expect(answer.int("completedEdges") == 4 && answer.int("absentEdges") == 1)
        #expect(answer.int("skippedEdges") == 1 && answer.int("objects") == 12)
        let listed = try #require(try RawHTTP.get(gateway.port, "/status").list("requests").first)
        #expect(listed["objects"] as? Int == 12 && listed["absentEdges"] as? Int == 1)
    }

    @Test func aRequestThatFailedAsAWholeSaysWhy() throws {
        let gateway = try GatewayFixture()
        let reason = RequestFailure(failureClass: "undecodable", message: "tags must be an array")
        try gateway.fold(Self.progress([], failure: reason))
        let answer = try RawHTTP.get(gateway.port, "/status/\(Self.id)")
        #expect(answer.string("status") == "failed")
        let errors = answer.list("errors")
        #expect(errors.count == 1 && errors.first?["edge"] == nil)
        #expect(errors.first?["class"] as? String == "undecodable")
        #expect(errors.first?["message"] as? String == "tags must be an array")
    }

    @Test func whatADeferredEdgeWaitsForIsNoError() throws {
        let gateway = try GatewayFixture()
        let failure = EdgeFailure(failureClass: "transient", message: "503", attempts: 3)
        let wait = EdgeFailure(
            failureClass: EdgeFailure.waitingClass, message: "waits for inner, of an inner layer", attempts: 0)
        try gateway.fold(
            Self.progress([.init("inner", .deferred, failure: failure), .init("outer", .deferred, failure: wait)]))
        let status = try RawHTTP.get(gateway.port, "/status/\(Self.id)")
        let edges = status.list("edges")
        #expect(edges.map { $0["message"] as? String } == ["503", nil])
        #expect(edges.map { $0["waits"] as? String } == [nil, "waits for inner, of an inner layer"])
        #expect(status.list("errors").map { $0["edge"] as? String } == ["inner"])
    }

    @Test func earlierTriesAreToldWithTheirReasons() throws {
        let gateway = try GatewayFixture()
        let failure = EdgeFailure(failureClass: "permanent", message: "400 Bad Request", attempts: 3)
        let whole = RequestFailure(failureClass: "unroutable", message: "no edge serves it")
        try gateway.fold(Self.progress([.init("late", .dead, failure: failure), .init("b", .purged)]))
        #expect(try RawHTTP.get(gateway.port, "/status/\(Self.id)").object["earlier"] == nil)
        var redriven = Self.progress([.init("late", .purged)])
        redriven.generation = 2
        try gateway.fold(redriven)
        var between = Self.progress([], failure: whole)
        between.generation = 1
        try gateway.fold(between)
        let answer = try RawHTTP.get(gateway.port, "/status/\(Self.id)")
        #expect(answer.string("status") == "completed")
        let earlier = answer.list("earlier")
        #expect(earlier.map { $0["generation"] as? Int } == [1, 0])
        #expect(earlier.map { $0["edge"] as? String } == [nil, "late"])
        #expect(earlier.map { $0["state"] as? String } == ["dead", "dead"])
        #expect(earlier.map { $0["class"] as? String } == ["unroutable", "permanent"])
        #expect(earlier.map { $0["message"] as? String } == ["no edge serves it", "400 Bad Request"])
        #expect(earlier.last?["attempts"] as? Int == 3)
        #expect(try RawHTTP.get(gateway.port, "/status").list("requests").first?["earlier"] == nil)
    }

    @Test func everyAnswerSaysAsOfWhen() throws {
        let gateway = try GatewayFixture()
        let time = Timestamp.now() + -1_000
        try gateway.catchUp(at: time)
        try gateway.fold(Self.progress([.init("a", .queued)]))
        let (own, _) = try gateway.publish()
        for target in ["/status/\(Self.id)", "/status/\(own)", "/status/\(RequestID(at: .now()))", "/status"] {
            let asOf = try RawHTTP.get(gateway.port, target).string("asOf").flatMap { Timestamp($0) }
            // The fixture's own mark may be later.
            #expect(asOf.map { $0 >= time } == true, "\(target)")
        }
    }

    /// A document that is kept is told with another time.
    @Test func aStatusThatHasNotChangedDiffersInItsTimeAlone() throws {
        let gateway = try GatewayFixture()
        let (own, _) = try gateway.publish(#"{"namespace":"shop","tags":["a"]}"#)
        try gateway.foldPublications()
        try gateway.fold(Self.progress([.init("a", .sending)]))
        // Beyond the marks that the fixture makes.
        var time = Timestamp.now() + 60_000
        for id in [Self.id, own] {
            var answers: [RawAnswer] = []
            for _ in 1...3 {
                time = time + 1_000
                try gateway.catchUp(at: time)
                answers.append(try RawHTTP.get(gateway.port, "/status/\(id)"))
                #expect(answers.last?.string("asOf") == time.text)
            }
            let texts = answers.map { $0.text.replacing($0.string("asOf") ?? "", with: "") }
            #expect(Set(texts).count == 1 && Set(answers.map { $0.header("ETag") }).count == 1)
        }
        try gateway.fold(Self.progress([.init("a", .purged)]))
        #expect(try RawHTTP.get(gateway.port, "/status/\(Self.id)").string("status") == "completed")
    }

    @Test func anIdOfTwoNamespacesIsTwoRequests() throws {
        let gateway = try GatewayFixture()
        let (shop, blog) = (try #require(Namespace("shop")), try #require(Namespace("blog")))
        let now = Timestamp.now()
        try gateway.fold(Self.progress([.init("a", .purged)], namespace: shop, at: now))
        try gateway.fold(Self.progress([.init("b", .dead)], namespace: blog, at: now + 1))
        let first = try RawHTTP.get(gateway.port, "/status/\(Self.id)?wait=60s")
        #expect(first.string("namespace") == "shop" && first.string("status") == "completed")
        #expect(first.object["alsoIn"] as? [String] == ["blog"])
        let other = try RawHTTP.get(gateway.port, "/status/\(Self.id)?namespace=blog&wait=60s")
        #expect(other.string("namespace") == "blog" && other.string("status") == "failed")
        #expect(try RawHTTP.get(gateway.port, "/status/\(Self.id)?namespace=news").status == 404)
        #expect(try RawHTTP.get(gateway.port, "/status/\(Self.id)?namespace=a/b").status == 400)
    }

    @Test func anIdWithoutATimeIsQueuedUntilAllBeforeTheQuestionIsFolded() throws {
        let gateway = try GatewayFixture()
        let first = try RawHTTP.get(gateway.port, "/status/\(Self.random)")
        #expect(first.status == 200 && first.string("status") == "queued")
        try gateway.catchUp(at: .now() + 60_000)
        #expect(try RawHTTP.get(gateway.port, "/status/\(Self.random)").status == 404)
    }

    /// However long its backlog is.
    @Test func aRequestThatNoWorkerHasReadIsQueuedAtItsEdges() throws {
        let gateway = try GatewayFixture()
        let (id, _) = try gateway.publish(#"{"namespace":"shop","tags":["a"],"source":"catalog"}"#)
        try gateway.foldPublications()
        // Another gateway has not published it, and knows it from the view alone.
        let other = try GatewayFixture(makesView: false) { $0.view = gateway.location }
        let answer = try RawHTTP.get(other.port, "/status/\(id)")
        #expect(try RawHTTP.get(other.port, "/status/\(id)").list("edges").count == 3)
        #expect(answer.string("status") == "queued" && answer.int("totalEdges") == 3)
        #expect(answer.int("completedEdges") == 1 && answer.int("skippedEdges") == 1)
        #expect(answer.list("edges").map { $0["edge"] as? String } == ["nginx-1", "shop-only", "varnish-1"])
        #expect(answer.list("edges").map { $0["state"] as? String } == ["skipped", "queued", "queued"])
        #expect(answer.list("errors").isEmpty)
        let list = try RawHTTP.get(other.port, "/status?state=queued")
        #expect(list.list("requests").map { $0["totalEdges"] as? Int } == [3])
        // The worker names the edges that it has.
        try gateway.fold(id, namespace: "shop", [.init("varnish-1", .purged)])
        let done = try RawHTTP.get(other.port, "/status/\(id)")
        #expect(done.string("status") == "completed" && done.int("totalEdges") == 1)
    }

    @Test func whatIsOpenAndSilentForLongSaysSo() throws {
        let gateway = try GatewayFixture()
        try gateway.fold(Self.progress([.init("a", .queued)], at: .now() + -90_000_000))
        let answer = try RawHTTP.get(gateway.port, "/status/\(Self.id)")
        #expect(answer.string("status") == "queued")
        #expect(answer.list("errors").first?["class"] as? String == "silent")
    }

    @Test func aGatewayIsUnreadyWhileItsViewIsBehind() throws {
        let gateway = try GatewayFixture { $0.viewLagMax = .seconds(15) }
        #expect(try RawHTTP.get(gateway.port, "/health/ready").status == 200)
        #expect(gateway.role.fault == nil)
        try gateway.rewind(to: .now() + -20_000)
        let answer = try RawHTTP.get(gateway.port, "/health/ready")
        #expect(answer.status == 503)
        #expect(answer.text.contains("its projector is gone, stuck or behind"), "\(answer.text)")
        #expect(gateway.role.fault?.hasPrefix("view: the view is as of") == true)
        try gateway.catchUp()
        #expect(try RawHTTP.get(gateway.port, "/health/ready").status == 200)
    }

    @Test func aSilentKafkaIsNoticedWithoutAPublisher() throws {
        let gateway = try GatewayFixture { $0.viewLagMax = .seconds(3_600) }
        try eventually("Kafka answers") { try RawHTTP.get(gateway.port, "/health/ready").status == 200 }
        try gateway.setKafka(down: true)
        let beginning = ContinuousClock.now
        try eventually("the silence is told", within: .seconds(60)) {
            let answer = try RawHTTP.get(gateway.port, "/health/ready")
            return answer.status == 503 && answer.text.contains("Kafka has not answered for")
        }
        #expect(ContinuousClock.now - beginning < .seconds(20))
        try gateway.setKafka(down: false)
        try eventually("all is well again") { try RawHTTP.get(gateway.port, "/health/ready").status == 200 }
    }
}
