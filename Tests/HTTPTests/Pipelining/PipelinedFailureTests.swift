import Foundation
import HTTP
import Runtime
import Synchronization
import TestSupport
import Testing

/// Servers that break off, stall, or answer what others can't follow: what becomes of every call behind.
@Suite(.timeLimit(.minutes(2)))
struct PipelinedFailureTests {
    private func read(_ connection: RawConnection, _ count: Int) -> [String] {
        (0..<count).compactMap { _ in connection.readPath() }
    }

    private func echo(_ connection: RawConnection) {
        while let path = connection.readPath() { connection.answer(path: path) }
    }

    /// The calls behind an announced close were not acted on, so they go to another connection; each is answered once.
    @Test func anAnnouncedCloseIsNoFailure() throws {
        let seen = Mutex<[String]>([])
        let server = try RawServer { connection in
            for count in 1...10 {
                guard let path = connection.readPath() else { return }
                seen.withLock { $0.append(path) }
                connection.answer(path: path, headers: count == 10 ? ["Connection: close"] : [])
            }
            connection.waitForClose()
        }
        let results = try PipelineHarness(server.url).perform(100)
        #expect(results.indices.allSatisfy { results[$0].response?.text == "/\($0)" })
        #expect(seen.withLock { $0.sorted() } == (0..<100).map { "/\($0)" }.sorted() && server.connections == 10)
    }

    @Test(arguments: [false, true])
    func aCloseInThePipelineLeavesTheOthersUnknown(_ isReset: Bool) throws {
        let closed = Atomic(false)
        let server = try RawServer { [self] connection in
            guard !closed.exchange(true, ordering: .relaxed) else { return echo(connection) }
            let paths = read(connection, 5)
            for path in paths.prefix(2) { connection.answer(path: path) }
            connection.write("HTTP/1.1 200 OK\r\nContent-Le")
            // A reset may overtake what is on its way: it comes once the answers have been read.
            if isReset {
                connection.resetOnClose()
                _ = connection.readPath()
            }
        }
        let harness = try PipelineHarness(server.url)
        // The sixth call tells the server that the answers are read.
        if isReset {
            harness.onResult = { [unowned harness] token in
                guard token == 1 else { return }
                harness.client.send(HTTPClientRequest(url: "\(server.url)/last"), token: 99)
            }
        }
        let results = try harness.perform(5)
        #expect((0...1).allSatisfy { results[$0].response?.text == "/\($0)" })
        for result in results[2...] {
            #expect(result.failure?.kind == .other && result.failure?.mayHaveBeenSent == true, "\(result)")
        }
        harness.onResult = { _ in }
        #expect(try harness.perform(3).allSatisfy { $0.response?.status == 200 })
        #expect(server.connections == 2 && harness.client.isTrusted)
    }

    /// As when a server restarts: nobody had answered on the connection since the call was sent, so it is sent once
    /// more on another.
    @Test func aKeptConnectionThatIsGoneIsReplaced() throws {
        let server = try RawServer { [self] connection in
            for path in read(connection, 1) { connection.answer(path: path) }
            // Read, so that nothing is left which would make the end a reset.
            _ = connection.readPath()
        }
        let harness = try PipelineHarness(server.url)
        for round in 1...20 {
            #expect(try harness.perform(1)[0].response?.text == "/0")
            #expect(server.connections >= round)
        }
    }

    @Test func aCloseWithoutAnyAnswerIsTold() throws {
        let server = try RawServer { [self] connection in _ = read(connection, 4) }
        let results = try PipelineHarness(server.url).perform(4)
        #expect(results[0].failure?.kind == .closedWithoutAnswer)
        #expect(results[1...].allSatisfy { $0.failure?.kind == .other && $0.failure?.mayHaveBeenSent == true })
    }

    /// A server that closes again and again is not asked in pipelines for a while.
    @Test func shortConnectionsCostTheTrust() throws {
        let server = try RawServer { [self] connection in _ = read(connection, 1) }
        let harness = try PipelineHarness(server.url)
        for round in 1...4 {
            #expect(harness.client.isTrusted, "round \(round)")
            #expect(try harness.perform(1)[0].failure != nil)
        }
        #expect(!harness.client.isTrusted)
    }

    @Test(arguments: [
        "hello", "HTTP/1.1 200 OK\r\n\r\nuntil the end", "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 20_000))\r\n\r\n",
    ])
    func whatOthersCanNotFollowEndsTheConnection(_ bytes: String) throws {
        let server = try RawServer { [self] connection in
            for path in read(connection, 3).prefix(1) { connection.answer(path: path) }
            connection.write(bytes + "\r\n")
            connection.waitForClose()
        }
        let harness = try PipelineHarness(server.url)
        let results = try harness.perform(3)
        #expect(results[0].response?.text == "/0")
        #expect(results[1...].allSatisfy { $0.failure?.kind == .other && $0.failure?.mayHaveBeenSent == true })
        #expect(!harness.client.isTrusted)
    }

    @Test func aBodyTooLargeIsToldOfItsOwnCall() throws {
        let server = try RawServer { [self] connection in
            let paths = read(connection, 3)
            guard paths.count == 3 else { return echo(connection) }
            connection.answer(path: paths[0])
            connection.answer(body: [UInt8](repeating: 7, count: 100_000))
            connection.waitForClose()
        }
        let harness = try PipelineHarness(server.url)
        let results = try harness.perform(3)
        #expect(results.map { $0.failure?.kind } == [nil, .tooLarge, .other])
        #expect(harness.client.isTrusted)
    }

    /// An answer that nobody asked for must not become the answer to the next call.
    @Test func tooManyAnswersAreNotTrusted() throws {
        let first = Atomic(true)
        let server = try RawServer { [self] connection in
            guard first.exchange(false, ordering: .relaxed) else { return echo(connection) }
            // All at once: what comes after the next call was sent cannot be told from its answer.
            let answers = (read(connection, 2) + ["unasked"]).map {
                "HTTP/1.1 200 OK\r\nContent-Length: \($0.utf8.count)\r\n\r\n\($0)"
            }
            connection.write(answers.joined())
            connection.waitForClose()
        }
        let harness = try PipelineHarness(server.url)
        #expect(try harness.perform(2).map { $0.response?.text } == ["/0", "/1"])
        #expect(try harness.perform(2).map { $0.response?.text } == ["/0", "/1"])
        #expect(!harness.client.isTrusted && server.connections == 2)
    }

    @Test func aStallEndsByTheCallsTime() throws {
        let server = try RawServer { [self] connection in
            for path in read(connection, 3).prefix(1) { connection.answer(path: path) }
            connection.waitForClose()
        }
        let harness = try PipelineHarness(server.url, depth: 3)
        let results = try harness.perform(5, timeout: .seconds(2))
        #expect(results[0].response?.text == "/0")
        #expect(results.map { $0.failure?.kind } == [nil, .timeout, .other, .other, .timeout])
        #expect(results.map { $0.failure?.mayHaveBeenSent } == [nil, true, true, true, false])
    }

    /// Bytes that come do not buy time.
    @Test func aTrickleEndsByTheCallsTime() throws {
        let server = try RawServer { [self] connection in
            _ = read(connection, 2)
            guard connection.write("HTTP/1.1 200 OK\r\n") else { return }
            while connection.write("X-Slow: y\r\n") { usleep(20_000) }
        }
        let results = try PipelineHarness(server.url).perform(2, timeout: .seconds(2))
        #expect(results.map { $0.failure?.kind } == [.timeout, .other])
    }

    @Test func nobodyThereIsTold() throws {
        let harness = try PipelineHarness("http://127.0.0.1:\(try freePort())", connections: 8)
        let results = try harness.perform(40)
        #expect(results.count == 40)
        #expect(results.allSatisfy { $0.failure?.kind == .connect && $0.failure?.mayHaveBeenSent == false })
    }

    @Test func cancellingTellsWhatWasSent() throws {
        let arrived = Atomic(false)
        let server = try RawServer { [self] connection in
            _ = read(connection, 2)
            arrived.store(true, ordering: .releasing)
            connection.waitForClose()
        }
        let harness = try PipelineHarness(server.url, depth: 2)
        var timer: LoopTimer?
        timer = try harness.loop.timer { [unowned harness] in
            if arrived.load(ordering: .acquiring) {
                harness.client.cancelAll()
            } else {
                timer?.schedule(after: .milliseconds(2))
            }
        }
        timer?.schedule(after: .zero)
        let results = try harness.perform(4)
        timer = nil
        #expect(results.allSatisfy { $0.failure?.kind == .cancelled })
        #expect(results.map { $0.failure?.mayHaveBeenSent } == [true, true, false, false])
        #expect(harness.client.inFlight == 0)
    }
}
