import HTTP
import TestSupport
import Testing

/// Tests of streams of the HTTP server.
@Suite(.timeLimit(.minutes(1)))
struct ServerStreamTests {
    private func startServer(
        _ configuration: HTTPServerConfiguration = HTTPServerConfiguration(), bufferBytesMax: Int = 65_536
    ) throws -> (HTTPServer, Collected<HTTPStream>) {
        let streams = Collected<HTTPStream>()
        let server = try HTTPServer(configuration) { _, responder in
            if let stream = responder.stream(headers: ServerSentEvent.headers, bufferBytesMax: bufferBytesMax) {
                streams.keep(stream)
            }
        }
        return (server, streams)
    }

    private func open(_ server: HTTPServer, _ streams: Collected<HTTPStream>, receiveBuffer: Int32? = nil) throws
        -> (ServerRawClient, HTTPStream)
    {
        let client = try ServerRawClient(port: server.port, receiveBuffer: receiveBuffer)
        client.request("GET", "/events")
        try eventually("the stream is open") { !streams.all.isEmpty }
        return (client, try #require(streams.all.first))
    }

    @Test func eventsArriveAsTheyAreSent() throws {
        let (server, streams) = try startServer()
        let (client, stream) = try open(server, streams)
        #expect(try client.head().contains("Content-Type: text/event-stream\r\n"))
        for number in 1...20 {
            #expect(stream.send(ServerSentEvent(id: "\(number)", event: "progress", data: "a\nb").bytes))
            #expect(try client.nextChunk() == "id: \(number)\nevent: progress\ndata: a\ndata: b\n\n")
        }
        stream.finish()
        #expect(try client.nextChunk() == nil)
        #expect(!stream.send([1]))
        client.request("GET", "/again")  // the connection is kept
        try eventually("a second stream") { streams.all.count == 2 }
    }

    @Test func droppedStreamEnds() throws {
        let server = try HTTPServer(HTTPServerConfiguration()) { _, responder in
            responder.stream()?.send(Array("all".utf8))
        }
        let client = try ServerRawClient(port: server.port)
        client.request("GET", "/")
        #expect(try client.answer().body == "all")
    }

    @Test func departureIsNoticed() throws {
        let closed = Collected<Bool>()
        let (server, streams) = try startServer()
        let (client, stream) = try open(server, streams)
        stream.onClose { closed.keep(true) }
        _ = try client.head()
        client.close()
        try eventually("the stream is closed without a word sent") { !closed.all.isEmpty }
        #expect(!stream.isOpen)
        #expect(!stream.send([1]))
        stream.onClose { closed.keep(true) }
        #expect(closed.all.count == 2)
        withExtendedLifetime(server) {}
    }

    @Test func slowReaderIsDisconnected() throws {
        let closed = Collected<Bool>()
        let (server, streams) = try startServer(bufferBytesMax: 16_384)
        let (client, stream) = try open(server, streams, receiveBuffer: 4096)
        stream.onClose { closed.keep(true) }
        let event = [UInt8](repeating: 120, count: 1000)
        var sent = 0
        while stream.send(event) {
            sent += 1
            try #require(sent < 100_000)
        }
        try eventually("the stream is closed") { !closed.all.isEmpty }
        #expect(try !client.rest().hasSuffix("0\r\n\r\n"))
        withExtendedLifetime(server) {}
    }

    @Test func whoOffersMoreThanTheBufferHoldsIsToldWhenAllIsRead() throws {
        let (server, streams) = try startServer(bufferBytesMax: 16_384)
        let (client, stream) = try open(server, streams, receiveBuffer: 4096)
        let drained = Collected<Bool>()
        stream.onDrain { drained.keep(true) }
        _ = try client.head()
        let event = [UInt8](repeating: 120, count: 1_000)
        var taken = 0
        while case .taken = stream.offer(event) {
            taken += 1
            try #require(taken < 100_000)
        }
        #expect(stream.isOpen)
        guard case .full = stream.offer([UInt8](repeating: 121, count: 16_385)) else {
            Issue.record("more than the buffer was taken")
            return
        }
        var read = 0
        while read < 1_000 * taken, let chunk = try client.nextChunk() {
            #expect(chunk.allSatisfy { $0 == "x" })
            read += chunk.utf8.count
        }
        #expect(read == 1_000 * taken)
        try eventually("the offerer is told") { !drained.all.isEmpty }
        guard case .taken = stream.offer(Array("last".utf8)) else {
            Issue.record("nothing is taken after the client has read all")
            return
        }
        #expect(try client.nextChunk() == "last")
        stream.finish(within: .seconds(10))
        #expect(try client.nextChunk() == nil)
        guard case .ended = stream.offer([1]) else {
            Issue.record("a stream that has ended takes more")
            return
        }
        withExtendedLifetime(server) {}
    }

    @Test func aClientTooSlowForTheEndIsCutOff() throws {
        let closed = Collected<Bool>()
        let (server, streams) = try startServer(bufferBytesMax: 16_384)
        let (client, stream) = try open(server, streams, receiveBuffer: 4096)
        stream.onClose { closed.keep(true) }
        while case .taken = stream.offer([UInt8](repeating: 120, count: 1_000)) {}
        stream.finish(within: .milliseconds(100))
        try eventually("the stream is closed") { !closed.all.isEmpty }
        withExtendedLifetime((server, client)) {}
    }

    @Test func stopEndsStreams() throws {
        let (server, streams) = try startServer()
        let (client, stream) = try open(server, streams)
        _ = try client.head()
        #expect(stream.send(Array("last".utf8)))
        server.stop()
        #expect(try client.rest() == "4\r\nlast\r\n0\r\n\r\n")
        #expect(!stream.isOpen)
    }

    @Test func abortBreaksOff() throws {
        let (server, streams) = try startServer()
        let (client, stream) = try open(server, streams)
        _ = try client.head()
        stream.abort()
        #expect(try client.rest() == "")
        withExtendedLifetime(server) {}
    }

    @Test func headOfAStreamIsAllThereIs() throws {
        let closed = Collected<Bool>()
        let (server, streams) = try startServer()
        let client = try ServerRawClient(port: server.port)
        client.request("HEAD", "/events")
        #expect(try client.answer(toHead: true).status == 200)
        #expect(try client.rest() == "")
        streams.all.first?.onClose { closed.keep(true) }
        try eventually("the stream is over") { !closed.all.isEmpty }
    }

    /// Two hundred readers, some of which leave in the middle.
    @Test func manyReaders() throws {
        let (server, streams) = try startServer(.with { $0.connectionLimit = 600 })
        let clients = try (0..<200).map { _ in
            let client = try ServerRawClient(port: server.port)
            client.request("GET", "/")
            return client
        }
        try eventually("all are open") { streams.all.count == 200 }
        for index in stride(from: 0, to: 200, by: 4) { clients[index].close() }
        for stream in streams.all { stream.send(Array("tick".utf8)) }
        server.stop()
        #expect(streams.all.allSatisfy { !$0.isOpen })
        #expect(try clients[1].rest().hasSuffix("4\r\ntick\r\n0\r\n\r\n"))
    }
}
