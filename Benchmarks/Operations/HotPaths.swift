import Caches
import Edges
import Gateway
import HTTP
import Invalidations
import JSON
import TestSupport
import TopicCatalogue
import Views

// Foundation has a type of that name, too.
import struct Invalidations.Progress

/// The hot paths, each with the same work in every run.
enum HotPaths {
    static let all: [Operation] = [
        Operation(name: "decode a record", count: 2_000, prepare: { decodeRecord() }),
        Operation(name: "core, from a record to its commit", count: 4_096, prepare: { core() }),
        Operation(name: "plan a batch of one URL, and end it", count: 1_000, prepare: { try plan() }),
        Operation(name: "write a pipelined request", count: 2_000, prepare: { try writeRequest() }),
        Operation(name: "parse a pipelined answer", count: 2_000, prepare: { parseAnswer() }),
        Operation(name: "encode progress", count: 2_000, prepare: { encodeProgress() }),
        Operation(name: "decode progress", count: 1_000, prepare: { decodeProgress() }),
        Operation(name: "fold an event", count: 2_000, prepare: { foldPure() }),
        Operation(name: "fold an event into SQLite", count: 3_000, prepare: { try foldSQLite() }),
        Operation(name: "publish, from a body to its record", count: 1_000, prepare: { publish() }),
        Operation(name: "read a status, from the id to its document", count: 500, prepare: { try readStatus() }),
        Operation(name: "hit of the cache store", count: 4_000, prepare: { try cacheHit() }),
    ]

    private static let records = 1_024

    // MARK: The worker

    private static func decodeRecord() -> (Int) -> Void {
        let decoder = InvalidationDecoder()
        let values = (0..<records).map { CoreRecords.value($0, namespaces: 100) }
        return { count in
            for number in 0..<count {
                if case .failure = CoreRecords.decode(values[number % records], decoder) { expect(false) }
            }
        }
    }

    /// Records of 64 partitions' worth of one turn, then all that follows from them: edges answer at once.
    private static func core() -> (Int) -> Void {
        let turn = 256
        let decoder = InvalidationDecoder()
        let decoded = (0..<records).map { number in
            let value = CoreRecords.value(number, namespaces: 100)
            let source = SourcePartition(topic: 1, partition: Int32(number % 16))
            return IncomingRecord(
                position: RecordPosition(source: source, offset: 0), original: OriginalRecord(key: nil, value: value),
                content: CoreRecords.decode(value, decoder))
        }
        var world = CoreWorld(CoreBenchmark.Load(namespaces: 100), clockStep: 100_000, encodesProgress: false)
        return { count in
            for number in 0..<count {
                world.handleDecoded(decoded[number % records])
                if (number + 1) % turn == 0 { world.answerAll() }
            }
            world.answerAll()
        }
    }

    private static func plan() throws -> (Int) -> Void {
        guard let address = EdgeAddress("http://127.0.0.1:8080") else { throw BenchmarkError("no address") }
        let adapter = NginxAdapter(address: address)
        let batches = (0..<records).map { number in
            PurgeBatch(
                namespace: .default, mode: .hard,
                items: [Selectors(urls: ["http://shop.example/products/\(number)?colour=blue"])])
        }
        var response = HTTPClientResponse(status: 200)
        response.body = Array("Successful purge\n".utf8)
        return { count in
            for number in 0..<count {
                var run = BatchRun(plan: adapter.plan(batches[number % records]), itemCount: 1, windowMax: 16)
                while let index = run.send() {
                    run.record(adapter.outcome(of: .response(response), for: run.call(index)), for: index)
                }
                expect(run.isDone)
            }
        }
    }

    private static func writeRequest() throws -> (Int) throws -> Void {
        let server = "http://127.0.0.1:8080"
        guard let origin = HTTPOrigin(server) else { throw BenchmarkError("no origin") }
        var writer = RequestWriter(origin, userAgent: "cachesync")
        var output: [UInt8] = []
        let headers = try HTTPHeaderList([("X-Forwarded-Proto", "http"), ("Host", "shop.example")])
        let requests = (0..<records).map { number in
            HTTPClientRequest(url: server + "/purge/products/\(number)?colour=blue", sharedHeaders: headers)
        }
        return { count in
            for number in 0..<count {
                output.removeAll(keepingCapacity: true)
                try writer.append(requests[number % records], to: &output)
                expect(!output.isEmpty)
            }
        }
    }

    /// As nginx answers with ngx_cache_purge.
    private static func parseAnswer() -> (Int) throws -> Void {
        let answer = Array(
            """
            HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Mon, 24 Nov 2025 16:00:00 GMT\r\n\
            Content-Type: text/plain\r\nContent-Length: 17\r\nConnection: keep-alive\r\n\r\nSuccessful purge\n
            """.utf8)
        var parser = AnswerParser()
        return { count in
            for _ in 0..<count {
                var position = 0
                parser.begin(isHead: false, bodyBytesMax: 64 << 10, keepsHeader: false)
                let isWhole = try answer.withUnsafeBytes { try parser.read($0, from: &position) }
                expect(isWhole && parser.takeResponse(now: 0).status == 200)
            }
        }
    }

    // MARK: Progress and the view

    private static func encodeProgress() -> (Int) -> Void {
        var encoder = ReportEncoder(source: "worker-1", topics: TopicName.invalidations)
        let namespace = Namespace.default
        let origin = SourcePartition(topic: 0, partition: 3)
        return { count in
            for number in 0..<count {
                encoder.encode(
                    RequestReport(
                        of: CoreRecords.id(number), in: namespace, requestedAt: CoreRecords.time,
                        at: CoreRecords.time + Int64(number % 1_000),
                        origin: RecordPosition(source: origin, offset: Int64(number)),
                        edges: [RequestReport.Edge(name: "nginx-1", state: .purged, attempts: 1, failure: nil)]))
                expect(!encoder.value.isEmpty)
            }
        }
    }

    private static func decodeProgress() -> (Int) throws -> Void {
        let decoder = ProgressDecoder()
        let values = (0..<records).map { number in
            var writer = JSONWriter(capacity: 512)
            ProgressEncoder.encode(news(number, .purged), into: &writer)
            return writer.bytes
        }
        return { count in
            for number in 0..<count { expect(try !decoder.decode(values[number % records]).edges.isEmpty) }
        }
    }

    private static func foldPure() -> (Int) -> Void {
        let known = (0..<records).map { StatusFold.apply(news($0, .sending), to: nil) }
        let later = (0..<records).map { news($0, .purged) }
        return { count in
            for number in 0..<count {
                let index = number % records
                expect(StatusFold.apply(later[index], to: known[index]).status == .completed)
            }
        }
    }

    private static func foldSQLite() throws -> (Int) throws -> Void {
        let directory = try TemporaryDirectory("operations-fold")
        let writer = try ViewWriter(.file(directory.file("view.sqlite")))
        let topics = TopicName.invalidations + [TopicName.progress, TopicName.dead, TopicName.control]
        _ = try writer.open(Dictionary(topics.map { ($0, 1) }) { first, _ in first })
        var events = FoldEvents(requests: 10_000, lag: 200, from: CoreRecords.time)
        return { count in
            var left = count
            while left > 0, let batch = events.next(max: 1_000) {
                try writer.apply(batch)
                left -= batch.count
            }
            withExtendedLifetime(directory) {}
        }
    }

    private static func news(_ number: Int, _ state: EdgeState) -> Progress {
        Progress(
            id: CoreRecords.id(number), namespace: .default, requestedAt: CoreRecords.time, at: CoreRecords.time + 10,
            source: "worker-1", edges: ["fastly", "nginx", "varnish"].map { Progress.Edge($0, state) })
    }

    // MARK: Gateway and cache

    private static func publish() -> (Int) throws -> Void {
        let decoder = InvalidationDecoder()
        let bodies = (0..<records).map { number in
            Array(#"{"namespace":"shop-\#(number % 100)","urls":["http://shop.example/products/\#(number)"]}"#.utf8)
        }
        return { count in
            for number in 0..<count {
                let body = bodies[number % records]
                let published = try decoder.decode(body: body, newID: CoreRecords.id(number), time: CoreRecords.time)
                var writer = JSONWriter(capacity: 256 + body.count)
                InvalidationEncoder.encode(published.invalidation, into: &writer)
                expect(!writer.bytes.isEmpty)
            }
        }
    }

    private static func readStatus() throws -> (Int) throws -> Void {
        let directory = try TemporaryDirectory("operations-status")
        let path = directory.file("view.sqlite")
        let writer = try ViewWriter(.file(path))
        let topics = TopicName.invalidations + [TopicName.progress]
        _ = try writer.open(Dictionary(topics.map { ($0, 1) }) { first, _ in first })
        var events = FoldEvents(requests: 1_000, lag: 1, from: CoreRecords.time)
        let identifiers = events.requests.map(\.id)
        while let batch = events.next(max: 1_000) { try writer.apply(batch) }
        let reader = ViewReader(path: path)
        let links = StatusLinks(publicURL: nil)
        return { count in
            for number in 0..<count {
                let answer = try reader.answer(identifiers[number % identifiers.count], now: CoreRecords.time)
                guard case .found(let record, let others) = answer.lookup else { return expect(false) }
                var writer = JSONWriter(capacity: 512)
                StatusDocument.write(record, .edges(asOf: answer.asOf, alsoIn: others), links: links, into: &writer)
                expect(!writer.bytes.isEmpty)
            }
            withExtendedLifetime((directory, writer)) {}
        }
    }

    private static func cacheHit() throws -> (Int) throws -> Void {
        let store = CacheStore(limit: 64 << 20, seed: (1, 2))
        guard let namespace = store.register(.default) else { throw BenchmarkError("no namespace") }
        let keys = (0..<records).map { "product-\($0)" }
        for key in keys {
            _ = store.set(
                store.address(namespace, try CacheKey(key)), try CacheValue([UInt8](repeating: 0x20, count: 1_024)),
                tags: ["products"], lifetime: Lifetime(fresh: .seconds(3_600)), CacheTime(nanoseconds: 0))
        }
        return { count in
            for number in 0..<count {
                let address = store.address(namespace, try CacheKey(keys[number % records]))
                guard case .found = store.lookup(address, CacheTime(nanoseconds: 1)) else { return expect(false) }
            }
        }
    }

    /// What is counted must also have been done.
    private static func expect(_ isTrue: Bool) { precondition(isTrue, "the operation did not do its work") }
}
