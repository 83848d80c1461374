import Edges
import HTTP
import Invalidations
import Testing

/// Tests of the http adapter.
@Suite struct HTTPAdapterTests {
    let adapter = HTTPAdapter(address: address)

    @Test func oneCallCarriesTheWholeBatch() throws {
        let plan = adapter.plan(batch([tags("a", "b"), urls("https://s.example/1"), tags("c")]))
        let call = try #require(plan.calls.first)
        #expect(plan.calls.count == 1 && plan.refused.isEmpty)
        #expect(call.method == "POST" && call.url == "http://edge.test:8080/purge" && call.host == nil)
        #expect(call.items.indices == [0, 1, 2])
        #expect(call.text == #"{"tags":["a","b","c"],"urls":["https://s.example/1"],"namespace":"shop"}"#)
        #expect(adapter.headers.contains(EdgeHeader("Content-Type", "application/json")))
    }

    @Test func whatIsRarelyUsedAppearsOnlyWhenItIs() {
        let rare = Selectors(prefixes: ["https://s.example/x"], everything: true)
        let calls = adapter.plan(batch([rare], mode: .soft)).calls
        let expected =
            #"{"tags":[],"urls":[],"namespace":"shop","prefixes":["https://s.example/x"],"everything":true,"#
            + #""mode":"soft"}"#
        #expect(calls.map(\.text) == [expected])
        #expect(adapter.capabilities.accepts == [.tags, .urls])
    }

    @Test func callsAreBoundedByItemsAndBytes() {
        let small = HTTPAdapter(address: address, itemsMax: 3, bytesMax: 40)
        let long = String(repeating: "x", count: 100)
        let plan = small.plan(batch([tags("a", "b"), tags("c", "d"), tags(long), tags("e")]))
        #expect(plan.calls.map(\.items.indices) == [[0, 1], [1], [2], [3]])
        #expect(plan.calls.first?.text.hasPrefix(#"{"tags":["a","b","c"]"#) == true)
    }

    @Test func textsAreEscapedAndUnfitTagsRefused() {
        let plan = adapter.plan(batch([tags("a\"}{\"", "b\r\nX: y", "c,d"), tags("ok")]))
        #expect(plan.calls.map(\.text) == [#"{"tags":["a\"}{\"","ok"],"urls":[],"namespace":"shop"}"#])
        #expect(plan.refused.map(\.item) == [0, 0])
        #expect(plan.refused.allSatisfy { $0.failure.failureClass == .permanentItem })
    }

    @Test func pathAndHostAreSettings() throws {
        let base = try #require(EdgeAddress("https://[::1]:8443/base/"))
        let call = HTTPAdapter(address: base, host: "cache.example", path: "/x").plan(batch([tags("a")])).calls[0]
        #expect(call.url == "https://[::1]:8443/base/x" && call.host == "cache.example")
    }

    /// An endpoint that refuses what purges much still does all else.
    @Test func whatPurgesMuchGoesAlone() {
        let items = [
            Selectors(tags: ["a"], prefixes: ["https://s.example/x"]), tags("b"), Selectors(everything: true),
            tags("c"),
        ]
        let calls = adapter.plan(batch(items)).calls
        #expect(calls.map(\.kinds) == [.tags, .prefixes, .tags, .everything, .tags])
        #expect(calls.map(\.items.indices) == [[0], [0], [1], [2], [3]])
    }

    struct Answer: Sendable, CustomTestStringConvertible {
        let status: Int
        let type: String?
        let body: String
        let outcome: PurgeFailure.Class?
        var objects: Int?
        var testDescription: String { "\(status) \(type ?? "-") \(body)" }

        init(
            _ status: Int, _ type: String?, _ body: String, _ outcome: PurgeFailure.Class? = nil, objects: Int? = nil
        ) {
            (self.status, self.type, self.body, self.outcome) = (status, type, body, outcome)
            self.objects = objects
        }
    }

    static let answers = [
        Answer(200, nil, ""), Answer(204, nil, ""), Answer(200, "text/plain", "purged"), Answer(200, nil, "OK"),
        Answer(200, "text/html; charset=utf-8", "ok"), Answer(200, "application/json", "[1]"),
        Answer(200, "application/json", #"{"success":true,"errors":[]}"#),
        Answer(200, "application/vnd.api+json", "{}"), Answer(200, "APPLICATION/JSON; charset=utf-8", "{not json"),
        Answer(200, "application/json", #"{"purged": 12}"#, objects: 12),
        Answer(200, "application/json", #"{"objects": 0, "ok": true}"#, objects: 0),
        Answer(200, "application/json", #"{"purged": -1e400}"#), Answer(200, "application/json", #"{"purged": "x"}"#),
        Answer(200, "text/html", "<!doctype html><form action=/login>", .permanentTarget),
        Answer(200, nil, "<html>", .permanentTarget), Answer(200, "image/png", "x", .permanentTarget),
        Answer(200, "application/json", #"{"success": false}"#, .transient),
        Answer(200, "application/json", #"  {"ok":false,"error":"busy"}"#, .transient),
        Answer(207, "application/json", "{}", .transient), Answer(207, nil, "", .transient),
    ]

    @Test(arguments: answers)
    func notEverySuccessIsAPurge(_ example: Answer) {
        let call = adapter.plan(batch([tags("a")])).calls[0]
        let result = answer(example.status, body: example.body, type: example.type)
        let outcome = adapter.outcome(of: result, for: call)
        #expect(outcome.failure?.failureClass == example.outcome)
        if example.outcome == nil { #expect(outcome == .acknowledged(objects: example.objects)) }
        // What purges much is not repeated when it is not clear what it did.
        let wide = adapter.plan(batch([Selectors(everything: true)])).calls[0]
        let failure = adapter.outcome(of: result, for: wide).failure
        #expect(failure?.failureClass == (example.outcome == nil ? nil : .permanentItem))
    }

    @Test func whatCountsAsSuccessIsASetting() {
        var success = HTTPSuccess()
        success.statuses = [202]
        success.type = "text/HTML"
        success.field = "done"
        success.value = "yes"
        success.text = "Thank"
        let adapter = HTTPAdapter(address: address, success: success)
        let call = adapter.plan(batch([tags("a")])).calls[0]
        func failure(_ status: Int, _ type: String, _ body: String) -> PurgeFailure? {
            adapter.outcome(of: answer(status, body: body, type: type), for: call).failure
        }
        #expect(failure(202, "text/html;x=y", #"{"done":"yes","say":"thank you"}"#) == nil)
        #expect(failure(200, "text/html", #"{"done":"yes","say":"thank you"}"#)?.message.contains("status") == true)
        #expect(failure(202, "text/plain", #"{"done":"yes"} thank"#)?.failureClass == .permanentTarget)
        #expect(failure(202, "text/html", #"{"done":"yes"}"#)?.message.contains("success.text") == true)
        #expect(failure(202, "text/html", #"{"done":true,"say":"thanks"}"#)?.message.contains("done") == true)
        #expect(failure(500, "text/html", "")?.status == 500)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let status: Int
        let failureClass: PurgeFailure.Class?
        var retryAfter: Duration?
        var testDescription: String { "\(status)" }
    }

    static let cases = [
        Case(status: 200, failureClass: nil), Case(status: 202, failureClass: nil),
        Case(status: 204, failureClass: nil), Case(status: 301, failureClass: .permanentTarget),
        Case(status: 400, failureClass: .permanentItem), Case(status: 401, failureClass: .permanentTarget),
        Case(status: 403, failureClass: .permanentTarget), Case(status: 404, failureClass: .permanentTarget),
        Case(status: 405, failureClass: .permanentTarget), Case(status: 408, failureClass: .transient),
        Case(status: 413, failureClass: .permanentItem), Case(status: 422, failureClass: .permanentItem),
        Case(status: 425, failureClass: .transient),
        Case(status: 429, failureClass: .throttled, retryAfter: .seconds(7)),
        Case(status: 429, failureClass: .throttled), Case(status: 500, failureClass: .transient),
        Case(status: 502, failureClass: .transient), Case(status: 503, failureClass: .transient),
        Case(status: 503, failureClass: .throttled, retryAfter: .seconds(3)),
    ]

    @Test(arguments: cases)
    func everyStatusHasAClass(_ example: Case) {
        let call = adapter.plan(batch([tags("a")])).calls[0]
        let outcome = adapter.outcome(
            of: answer(example.status, "Because", retryAfter: example.retryAfter), for: call)
        #expect(outcome.failure?.failureClass == example.failureClass)
        #expect(outcome.failure?.retryAfter == example.retryAfter)
        if let failure = outcome.failure {
            #expect(failure.status == example.status && failure.message.hasPrefix("\(example.status) Because"))
        }
    }

    struct Silence: Sendable, CustomTestStringConvertible {
        let kind: HTTPClientFailure.Kind
        let sent: Bool
        let failureClass: PurgeFailure.Class
        let reach: CallOutcome.Reach
        var testDescription: String { "\(kind), \(sent ? "sent" : "not sent")" }
    }

    static let silences = [
        Silence(kind: .connect, sent: false, failureClass: .transient, reach: .edge),
        Silence(kind: .resolve, sent: false, failureClass: .transient, reach: .edge),
        Silence(kind: .timeout, sent: false, failureClass: .transient, reach: .edge),
        Silence(kind: .timeout, sent: true, failureClass: .unknown, reach: .silence),
        Silence(kind: .tls, sent: false, failureClass: .permanentTarget, reach: .edge),
        Silence(kind: .closedWithoutAnswer, sent: true, failureClass: .transient, reach: .silence),
        Silence(kind: .tooLarge, sent: true, failureClass: .permanentTarget, reach: .call),
        Silence(kind: .invalidURL, sent: false, failureClass: .permanentItem, reach: .call),
        Silence(kind: .cancelled, sent: true, failureClass: .unknown, reach: .silence),
        Silence(kind: .cancelled, sent: false, failureClass: .transient, reach: .edge),
        Silence(kind: .other, sent: true, failureClass: .unknown, reach: .silence),
        Silence(kind: .other, sent: false, failureClass: .transient, reach: .edge),
    ]

    @Test(arguments: silences)
    func everyMissingAnswerHasAClass(_ example: Silence) {
        let call = adapter.plan(batch([tags("a")])).calls[0]
        let failure = HTTPClientFailure(example.kind, "went wrong", mayHaveBeenSent: example.sent)
        let outcome = adapter.outcome(of: .failure(failure), for: call)
        #expect(outcome.failure?.failureClass == example.failureClass)
        #expect(outcome.reach == example.reach)
        #expect(outcome.failure?.message.contains("went wrong") == true)
    }

    @Test func messagesQuoteShortTextsOfTheEdgeOnOneLine() {
        let call = adapter.plan(batch([tags("a")])).calls[0]
        func message(_ result: HTTPClientResult) -> String? { adapter.outcome(of: result, for: call).failure?.message }
        #expect(
            message(answer(400, "Bad Request", body: "{\"error\":\n \"no such\u{7}tag\"}", type: "application/json"))
                == #"400 Bad Request: {"error": "no such tag"}"#)
        #expect(message(answer(400, "Bad Request", body: "<html>", type: "text/html")) == "400 Bad Request")
        let long = message(answer(400, "Bad", body: String(repeating: "é", count: 5_000), type: "text/plain"))
        #expect((long?.utf8.count ?? 0) < 200)
    }
}
