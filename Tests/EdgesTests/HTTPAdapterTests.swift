import Edges
import HTTP
import Invalidations
import Testing

@Suite struct HTTPAdapterTests {
    let adapter = HTTPAdapter(address: address)

    @Test func oneCallCarriesTheWholeBatch() throws {
        let plan = adapter.plan(batch([tags("a", "b"), urls("https://s.example/1"), tags("c")]))
        let call = try #require(plan.calls.first)
        #expect(plan.calls.count == 1 && plan.refused.isEmpty)
        #expect(call.method == "POST" && call.url == "http://edge.test:8080/purge" && call.host == nil)
        #expect(call.items.places == [0, 1, 2])
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
        #expect(adapter.capabilities.takes == [.tags, .urls])
    }

    @Test func callsAreBoundedByItemsAndBytes() {
        let small = HTTPAdapter(address: address, itemsMax: 3, bytesMax: 40)
        let long = String(repeating: "x", count: 100)
        let plan = small.plan(batch([tags("a", "b"), tags("c", "d"), tags(long), tags("e")]))
        #expect(plan.calls.map(\.items.places) == [[0, 1], [1], [2], [3]])
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
