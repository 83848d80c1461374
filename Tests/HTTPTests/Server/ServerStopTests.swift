import Dispatch
import HTTP
import TestSupport
import Testing

/// Tests of stopping the HTTP server.
@Suite(.timeLimit(.minutes(1)))
struct ServerStopTests {
    @Test func openRequestsGetA503() throws {
        let held = Held()
        let server = try HTTPServer(HTTPServerConfiguration()) { _, responder in held.hold(responder) }
        let clients = try (0..<50).map { _ in
            let client = try ServerRawClient(port: server.port)
            client.request("GET", "/")
            return client
        }
        try eventually("all are held") { held.count == 50 }
        server.stop()
        for client in clients {
            let answer = try client.answer()
            #expect(answer.status == 503)
            #expect(answer.header("Retry-After") == "1")
            #expect(try client.rest() == "")
        }
        for responder in held.takeAll() { #expect(!responder.respond(.empty(204))) }
        #expect(!accepts(port: server.port))
        server.stop()  // a second time is nothing
    }

    @Test func serverThatIsDroppedStops() throws {
        let held = Held()
        var server: HTTPServer? = try HTTPServer(HTTPServerConfiguration()) { _, responder in held.hold(responder) }
        let client = try ServerRawClient(port: server?.port ?? 0)
        client.request("GET", "/")
        try eventually("it is held") { held.count == 1 }
        server = nil
        #expect(try client.answer().status == 503)
    }

    /// Requests come, suspend and are answered while the server stops: nothing hangs, nothing else is answered.
    @Test(arguments: 1...10)
    func stopUnderLoad(round: Int) throws {
        let server = try HTTPServer(.with { $0.stopDeadline = .seconds(10) }) { request, responder in
            if request.path == "/now" {
                responder.respond(.text(200, "now"))
            } else {
                DispatchQueue.global().async { responder.respond(.text(200, "later")) }
            }
        }
        let answers = Collected<Int>()
        let group = DispatchGroup()
        for number in 0..<4 {
            let client = Handed(try ServerRawClient(port: server.port))
            DispatchQueue.global().async(group: group) {
                while true {
                    client.value.request("GET", number % 2 == 0 ? "/now" : "/later")
                    guard let answer = try? client.value.answer() else { return }
                    answers.keep(answer.status)
                }
            }
        }
        try eventually("requests run") { answers.all.count > 20 * round }
        server.stop()
        #expect(group.wait(timeout: .now() + 20) == .success)
        #expect(Set(answers.all).subtracting([200, 503]).isEmpty)
    }

    @Test func clientThatDoesNotReadCannotHoldTheStop() throws {
        let log = Collected<HTTPAccess>()
        let server = try HTTPServer(
            .with {
                $0.stopDeadline = .milliseconds(200)
                $0.onAccess = { log.keep($0) }
            }
        ) { _, responder in
            responder.respond(HTTPResponse(status: 200, body: [UInt8](repeating: 120, count: 50_000_000)))
        }
        let client = try ServerRawClient(port: server.port, receiveBuffer: 4096)
        client.request("GET", "/")
        _ = try client.head()
        #expect(log.all.isEmpty)
        server.stop()
        #expect(log.all.count == 1)
    }

    @Test func quiescedServerFinishesAndCloses() throws {
        let held = Held()
        let server = try HTTPServer(HTTPServerConfiguration()) { _, responder in held.hold(responder) }
        let client = try ServerRawClient(port: server.port)
        client.request("GET", "/")
        try eventually("it is held") { held.count == 1 }
        server.quiesce()
        let late = try ServerRawClient(port: server.port)
        late.request("GET", "/")
        #expect(try late.rest() == "")
        for responder in held.takeAll() { responder.respond(.text(200, "finished")) }
        let answer = try client.answer()
        #expect(answer.body == "finished")
        #expect(answer.header("Connection")?.lowercased() == "close")
        #expect(try client.rest() == "")
    }
}
