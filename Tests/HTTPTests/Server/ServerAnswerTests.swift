import Dispatch
import HTTP
import TestSupport
import Testing

/// Tests of answers of the HTTP server.
@Suite(.timeLimit(.minutes(1)))
struct ServerAnswerTests {
    @Test func answerFromAnotherThread() throws {
        let server = try HTTPServer(HTTPServerConfiguration()) { request, responder in
            DispatchQueue.global().async { responder.respond(.text(200, request.path)) }
        }
        let client = try ServerRawClient(port: server.port)
        for number in 1...200 {
            client.request("GET", "/\(number)")
            #expect(try client.answer().body == "/\(number)")
        }
    }

    @Test func droppedRequestGetsA500() throws {
        let held = Held()
        let server = try HTTPServer(HTTPServerConfiguration()) { request, responder in
            if request.path == "/later" { held.hold(responder) }
        }
        let client = try ServerRawClient(port: server.port)
        client.request("GET", "/now")
        #expect(try client.answer().status == 500)
        client.request("GET", "/later")
        try eventually("the request is held") { held.count == 1 }
        _ = held.takeAll()
        let answer = try client.answer()
        #expect(answer.status == 500)
        #expect(answer.header("Content-Type") == "application/problem+json")
    }

    @Test func secondAnswerIsIgnored() throws {
        let results = Collected<Bool>()
        let server = try HTTPServer(HTTPServerConfiguration()) { _, responder in
            results.keep(responder.respond(.text(200, "first")))
            results.keep(responder.respond(.text(200, "second")))
            results.keep(responder.stream() != nil)
        }
        let client = try ServerRawClient(port: server.port)
        client.request("GET", "/")
        #expect(try client.answer().body == "first")
        #expect(results.all == [true, false, false])
    }

    @Test func answersRaceForOneRequest() throws {
        let wins = Collected<Bool>()
        let server = try HTTPServer(HTTPServerConfiguration()) { _, responder in
            for _ in 0..<4 {
                DispatchQueue.global().async { wins.keep(responder.respond(.text(200, "one"))) }
            }
        }
        let client = try ServerRawClient(port: server.port)
        for _ in 0..<200 {
            client.request("GET", "/")
            #expect(try client.answer().body == "one")
        }
        try eventually("all have tried") { wins.all.count == 800 }
        #expect(wins.all.count { $0 } == 200)
    }

    @Test func clientThatLeftIsNoHarm() throws {
        let held = Held()
        let log = Collected<HTTPAccess>()
        let server = try HTTPServer(.with { $0.onAccess = { log.keep($0) } }) { _, responder in held.hold(responder) }
        for _ in 0..<20 {
            let client = try ServerRawClient(port: server.port)
            client.request("GET", "/")
        }
        try eventually("all are held") { held.count == 20 }
        for responder in held.takeAll() { responder.respond(.text(200, String(repeating: "x", count: 1_000_000))) }
        try eventually("the requests have ended") { log.all.count == 20 }
        withExtendedLifetime(server) {}
    }

    @Test func aThousandWaitAtOnce() throws {
        let held = Held()
        let server = try HTTPServer(.with { $0.connectionLimit = 2400 }) { request, responder in
            held.hold(responder)
        }
        let clients = try (0..<1000).map { _ in
            let client = try ServerRawClient(port: server.port)
            client.request("GET", "/")
            return client
        }
        try eventually("all are held") { held.count == 1000 }
        let waiting = held.takeAll()
        DispatchQueue.concurrentPerform(iterations: 4) { part in
            for index in stride(from: part, to: waiting.count, by: 4) { waiting[index].respond(.text(200, "late")) }
        }
        for client in clients { #expect(try client.answer().body == "late") }
    }

    @Test func headerFieldsCannotBreakOut() throws {
        let messages = Collected<String>()
        let server = try HTTPServer(.with { $0.onMessage = { messages.keep($0) } }) { _, responder in
            responder.respond(
                HTTPResponse(
                    status: 200,
                    headers: [
                        ("X-Note", "a\r\nSet-Cookie: evil=1\0b"), ("X Bad\r\nName", "1"), ("Content-Length", "9"),
                        ("X-Text", "grün"),
                    ], body: Array("ok".utf8)))
        }
        let client = try ServerRawClient(port: server.port)
        client.request("GET", "/")
        let answer = try client.answer()
        #expect(answer.header("X-Note") == "a  Set-Cookie: evil=1 b")
        #expect(answer.header("Set-Cookie") == nil)
        #expect(answer.header("X-Text") == "grün")
        #expect(answer.body == "ok")
        #expect(messages.all.count == 2)
    }

    @Test(arguments: [99, 101, 600, -1])
    func impossibleStatusBecomes500(status: Int) throws {
        let server = try HTTPServer(HTTPServerConfiguration()) { _, responder in responder.respond(.empty(status)) }
        let client = try ServerRawClient(port: server.port)
        client.request("GET", "/")
        #expect(try client.answer().status == 500)
    }

    @Test(arguments: [204, 304])
    func statusWithoutBody(status: Int) throws {
        let server = try HTTPServer(HTTPServerConfiguration()) { _, responder in
            responder.respond(.text(status, "must not be sent"))
        }
        let client = try ServerRawClient(port: server.port)
        for _ in 0..<2 {
            client.request("GET", "/")
            #expect(try client.answer().status == status)
        }
    }
}
