import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing

/// Tests of lists of requests.
@Suite(.timeLimit(.minutes(2)))
struct ListTests {
    @Test func requestsAreListedNewestFirstPageByPage() throws {
        let gateway = try GatewayFixture()
        let start = Timestamp.now() + -100_000
        var ids: [RequestID] = []
        for index in 0..<25 {
            let id = RequestID(at: start + Int64(index * 1_000))
            ids.append(id)
            try gateway.fold(
                id, namespace: index % 2 == 0 ? "even" : "odd",
                [.init("varnish-1", index < 5 ? .purged : .queued)])
        }
        var listed: [String] = []
        var target = "/status?limit=10"
        for _ in 0..<10 {
            let page = try RawHTTP.get(gateway.port, target)
            #expect(page.status == 200)
            listed += page.list("requests").compactMap { $0["id"] as? String }
            guard let next = page.string("next") else { break }
            target = "/status?limit=10&cursor=\(next)"
        }
        #expect(listed == ids.reversed().map(\.text))

        func count(_ query: String) throws -> Int {
            try RawHTTP.get(gateway.port, "/status/?\(query)").list("requests").count
        }
        #expect(try count("state=completed") == 5)
        #expect(try count("state=queued") == 20)
        #expect(try count("state=queued,completed") == 25)
        #expect(try count("state=failed") == 0)
        #expect(try count("namespace=even") == 13)
        #expect(try count("namespace=even&state=completed") == 3)
        #expect(try count("since=\((start + 20_000).text)") == 5)
        #expect(try count("until=\((start + 20_000).text)") == 20)
        #expect(try count("edge=varnish-1&edgeState=open&limit=100") == 20)
        #expect(try count("edge=varnish-1&edgeState=completed") == 5)
        #expect(try count("edgeState=failed") == 0)
        #expect(try count("edge=nginx-1") == 0)
        #expect(try count("source=cms") == 0)
        #expect(try count("namespace=none") == 0)
        #expect(try count("") == 25)
    }

    @Test func sourcesAndKeysFindTheirRequests() throws {
        let gateway = try GatewayFixture()
        let body = #"{"namespace":"shop","tags":["a"],"source":"cms"}"#
        let (id, _) = try gateway.publish(body, headers: ["Idempotency-Key: deploy"])
        _ = try gateway.publish(#"{"namespace":"shop","tags":["b"]}"#)
        try gateway.foldPublications()
        for query in ["source=cms", "key=deploy", "key=deploy&namespace=shop", "edge=shop-only&source=cms"] {
            let page = try RawHTTP.get(gateway.port, "/status?\(query)")
            #expect(page.list("requests").compactMap { $0["id"] as? String } == [id.text], "\(query)")
        }
        #expect(try RawHTTP.get(gateway.port, "/status?key=deploy&namespace=blog").list("requests").isEmpty)
    }

    @Test func oddParametersAreRefused() throws {
        let cases = [
            ("namespace=a/b", "namespace"), ("namespace=", "namespace"), ("state=done", "state"), ("state=", "state"),
            ("since=yesterday", "since"), ("limit=0", "limit"), ("limit=501", "limit"), ("limit=ten", "limit"),
            ("until=-", "until"), ("source=", "source"), ("key=", "key"), ("edge=", "edge"),
            ("edgeState=purged", "edgeState"), ("cursor=x", "cursor"), ("cursor=1.2", "cursor"),
        ]
        let gateway = try GatewayFixture()
        for (query, parameter) in cases {
            let answer = try RawHTTP.get(gateway.port, "/status?\(query)")
            #expect(answer.status == 400, "\(query)")
            #expect(answer.string("parameter") == parameter, "\(query)")
        }
    }
}
