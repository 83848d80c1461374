import HTTP
import Synchronization
import TestSupport
import Testing

/// Tests of answers without an end, as the HTTP client reads them.
@Suite(.timeLimit(.minutes(1)))
struct HTTPFetchStreamTests {
    private static func request(_ server: HTTPServer, _ path: String = "/") -> HTTPClientRequest {
        HTTPClientRequest(url: "http://127.0.0.1:\(server.port)\(path)", timeout: .seconds(50))
    }

    private static func server(_ streams: Collected<HTTPStream>) throws -> HTTPServer {
        try HTTPServer(HTTPServerConfiguration()) { request, responder in
            guard request.path != "/refused" else {
                responder.respond(.text(503, "full"))
                return
            }
            guard let stream = responder.stream(headers: ServerSentEvent.headers) else { return }
            stream.send(Array("first".utf8))
            streams.keep(stream)
        }
    }

    /// Each piece is there before the next one is sent.
    @Test func piecesComeOneByOne() throws {
        let streams = Collected<HTTPStream>()
        let server = try Self.server(streams)
        let seen = Mutex<[String]>([])
        let response = try HTTPFetch.stream(Self.request(server), silenceMax: .seconds(30)) { piece in
            let count = seen.withLock { seen in
                seen.append(String(decoding: piece, as: UTF8.self))
                return seen.count
            }
            if count < 4 { streams.all.first?.send(Array("piece \(count)".utf8)) } else { streams.all.first?.finish() }
            return true
        }
        #expect(response.status == 200 && response.contentType == "text/event-stream")
        #expect(seen.withLock { $0 } == ["first", "piece 1", "piece 2", "piece 3"])
    }

    @Test func whoHasEnoughEndsIt() throws {
        let streams = Collected<HTTPStream>()
        let server = try Self.server(streams)
        #expect(try HTTPFetch.stream(Self.request(server), silenceMax: .seconds(30)) { _ in false }.status == 200)
        let isSeen = Atomic(false)
        let ended = try HTTPFetch.stream(
            Self.request(server), silenceMax: .seconds(30), while: { !isSeen.load(ordering: .relaxed) },
            { _ in
                isSeen.store(true, ordering: .relaxed)
                return true
            })
        #expect(ended.status == 200 && isSeen.load(ordering: .relaxed))
    }

    @Test func silenceIsACut() throws {
        let streams = Collected<HTTPStream>()
        let server = try Self.server(streams)
        do {
            _ = try HTTPFetch.stream(Self.request(server), silenceMax: .milliseconds(500)) { _ in true }
            Issue.record("it should have been given up")
        } catch {
            #expect(error.kind == .timeout && error.mayHaveBeenSent)
        }
    }

    @Test func aRefusalIsReadAsAWhole() throws {
        let server = try Self.server(Collected<HTTPStream>())
        let response = try HTTPFetch.stream(Self.request(server, "/refused"), silenceMax: .seconds(30)) { _ in
            Issue.record("a refusal is no piece")
            return true
        }
        #expect(response.status == 503 && response.body == Array("full".utf8))
    }
}
