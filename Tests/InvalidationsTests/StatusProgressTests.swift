import Invalidations
import JSON
import TestSupport
import Testing

/// Progress: encoding and decoding.
struct StatusProgressTests {
    @Test func aSnapshotIsWrittenAsItsSchemaSays() throws {
        let id = try #require(RequestID("0190a1b2-0000-7000-8000-00000000abcd"))
        let time = try #require(Timestamp("2026-11-22T10:00:00.000Z"))
        let progress = Progress(
            id: id, namespace: try #require(Namespace("shop")), requestedAt: time, at: time + 120, source: "worker-1",
            origin: Progress.Origin(topic: "cachesync.invalidations.normal", partition: 3, offset: 42),
            edges: [
                Progress.Edge("varnish-1", .purged), Progress.Edge("nginx-1", .queued),
                Progress.Edge(
                    "squid-1", .dead,
                    failure: EdgeFailure(failureClass: "permanent", message: "401 Unauthorized", attempts: 1)),
            ])
        let expected = """
            {"id":"0190a1b2-0000-7000-8000-00000000abcd","namespace":"shop","generation":0,\
            "requestedAt":"2026-11-22T10:00:00.000Z","at":"2026-11-22T10:00:00.120Z","source":"worker-1",\
            "origin":{"topic":"cachesync.invalidations.normal","partition":3,"offset":42},\
            "edges":{"queued":["nginx-1"],"dead":["squid-1"],"purged":["varnish-1"]},\
            "failures":[{"edge":"squid-1","class":"permanent","message":"401 Unauthorized","attempts":1}]}
            """
        #expect(String(decoding: Self.encode(progress), as: UTF8.self) == expected)
    }

    @Test func objectsAndTheFailureOfAllAreWrittenAsTheSchemaSays() throws {
        let id = try #require(RequestID("0190a1b2-0000-7000-8000-00000000abcd"))
        let time = try #require(Timestamp("2026-11-22T10:00:00.000Z"))
        let progress = Progress(
            id: id, namespace: .default, requestedAt: time, at: time, source: "worker-1",
            edges: [
                Progress.Edge("nginx-1", .purged, objects: 0), Progress.Edge("varnish-1", .purged, objects: 12),
                Progress.Edge("cdn", .skipped),
            ], failure: RequestFailure(failureClass: "undecodable", message: "tags must be\nan array"))
        let expected =
            #""edges":{"purged":["nginx-1","varnish-1"],"skipped":["cdn"]},"objects":{"nginx-1":0,"varnish-1":12},"#
            + #""failure":{"class":"undecodable","message":"tags must be an array"}}"#
        let text = String(decoding: Self.encode(progress), as: UTF8.self)
        #expect(text.hasSuffix(expected), "\(text)")
        #expect(try ProgressDecoder().decode(Array(text.utf8)) == progress)
    }

    @Test func everySnapshotSurvivesTheRoundTrip() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let decoder = ProgressDecoder()
        for _ in 0..<500 {
            for progress in RandomProgress.progressLog(using: &random) {
                // The wire names failures by edge, so of an edge named twice it keeps one: the record is the same.
                let decoded = try decoder.decode(Self.encode(progress))
                #expect(decoded.edges.count == progress.edges.count)
                if Set(progress.edges.map(\.name)).count == progress.edges.count {
                    #expect(StatusRecord(decoded) == StatusRecord(progress))
                }
                #expect(decoded.origin == progress.origin)
                #expect(decoded.source == progress.source)
                #expect(decoded.failure == progress.failure)
            }
        }
    }

    static let base = #""id":"0190a1b2-0000-7000-8000-00000000abcd","namespace":"shop""#
    static let times = #""requestedAt":"2026-11-22T10:00:00Z","at":"2026-11-22T10:00:00Z""#

    static let refused: [(String, String)] = [
        ("", "not valid JSON"), ("{", "not valid JSON"), ("[]", "must be a JSON object, not an array"),
        ("{}", "id is missing"), (#"{"id":7}"#, "id must be a UUID"),
        ("{\(base)}", "requestedAt is missing"), ("{\(base),\(times)}", "edges is missing"),
        (#"{\#(base),\#(times),"edges":[]}"#, "edges must be an object"),
        (#"{\#(base),\#(times),"edges":{"lost":["a"]}}"#, "the unknown state \"lost\""),
        (#"{\#(base),\#(times),"edges":{"queued":"a"}}"#, "edges.queued must be an array"),
        (#"{\#(base),\#(times),"edges":{"queued":[""]}}"#, "edges.queued must hold names"),
        (#"{\#(base),\#(times),"edges":{"queued":["a\nb"]}}"#, "edges.queued must hold names"),
        (#"{\#(base),\#(times),"edges":{"queued":["é"]}}"#, "edges.queued must hold names"),
        (#"{\#(base),\#(times),"edges":{},"generation":-1}"#, "generation must be a whole number"),
        (#"{\#(base),\#(times),"edges":{},"generation":4294967296}"#, "generation must be a whole number"),
        (#"{\#(base),\#(times),"edges":{},"origin":{"topic":"t","partition":-1,"offset":0}}"#, "origin must be"),
        (#"{\#(base),\#(times),"edges":{},"failures":{}}"#, "failures must be an array"),
        (#"{\#(base),\#(times),"edges":{},"failures":[1]}"#, "a failure must be an object"),
        (#"{\#(base),\#(times),"edges":{},"objects":[1]}"#, "objects must be an object"),
        (#"{\#(base),\#(times),"edges":{},"objects":{"a":-1}}"#, "objects.a must be a whole number"),
        (#"{\#(base),\#(times),"edges":{},"objects":{"a":4294967296}}"#, "objects.a must be a whole number"),
        (#"{\#(base),\#(times),"edges":{},"failure":"x"}"#, "failure must be an object"),
        (#"{\#(base),\#(times),"edges":{},"failure":{"class":""}}"#, "failure must be an object"),
        (#"{\#(base),"requestedAt":"soon"}"#, "requestedAt must be an RFC 3339 time"),
        (#"{"id":"0190a1b2-0000-7000-8000-00000000abcd","namespace":"a b"}"#, "namespace must be"),
    ]

    @Test(arguments: refused) func whatCannotBeReadIsNamed(_ text: String, _ reason: String) {
        let error = #expect(throws: ProgressError.self) { try ProgressDecoder().decode(Array(text.utf8)) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "no error")")
    }

    @Test func tooManyEdgesAreRefused() {
        let names = (0...Limits.edges).map { "\"e\($0)\"" }.joined(separator: ",")
        let text = #"{\#(Self.base),\#(Self.times),"edges":{"queued":[\#(names)]}}"#
        let error = #expect(throws: ProgressError.self) { try ProgressDecoder().decode(Array(text.utf8)) }
        #expect(error?.description.contains("more than the 512 names") == true)
    }

    @Test func unknownFieldsAreIgnoredAndNullIsAbsence() throws {
        let text = #"{\#(Self.base),\#(Self.times),"edges":{},"origin":null,"later":{"x":[1]},"generation":null}"#
        let progress = try ProgressDecoder().decode(Array(text.utf8))
        #expect(progress.origin == nil)
        #expect(progress.generation == 0)
    }

    @Test func textsOfFailuresAreCutToOneBoundedLine() {
        let long = EdgeFailure(failureClass: "a\nb", message: String(repeating: "é", count: 400), attempts: 1)
        #expect(long.failureClass == "a b")
        #expect(long.message == String(repeating: "é", count: 256))
        let short = EdgeFailure(failureClass: "x", message: "kept as it is", attempts: 1)
        #expect(short.message == "kept as it is")
    }

    @Test func theLargestSnapshotFitsIntoARecord() throws {
        let failure = EdgeFailure(
            failureClass: String(repeating: "\"", count: 64), message: String(repeating: "\\", count: 512),
            attempts: .max)
        let progress = Progress(
            id: RequestID(at: RandomProgress.epoch), namespace: .default, requestedAt: RandomProgress.epoch,
            at: RandomProgress.epoch, source: "s",
            edges: (0..<Limits.edges).map { index in
                let name = String(repeating: "e", count: 125) + String(String(1_000 + index).dropFirst())
                return Progress.Edge(name, .dead, failure: failure, objects: .max)
            })
        let bytes = Self.encode(progress)
        #expect(bytes.count < Limits.recordBytes)
        #expect(try ProgressDecoder().decode(bytes) == progress)
    }

    @Test func encodingAndDecodingAreQuick() throws {
        let progress = Progress(
            id: RequestID(at: RandomProgress.epoch), namespace: .default, requestedAt: RandomProgress.epoch,
            at: RandomProgress.epoch, source: "worker-1",
            edges: [
                Progress.Edge("varnish-1", .purged), Progress.Edge("nginx-1", .purged), Progress.Edge("cdn", .accepted),
            ])
        var writer = JSONWriter()
        let decoder = ProgressDecoder()
        let rounds = 50_000
        let encoding = ContinuousClock().measure {
            for _ in 0..<rounds {
                writer.reset()
                ProgressEncoder.encode(progress, into: &writer)
            }
        }
        let bytes = writer.bytes
        var edges = 0
        let decoding = try ContinuousClock().measure {
            for _ in 0..<rounds { edges += try decoder.decode(bytes).edges.count }
        }
        #expect(edges == 3 * rounds)
        print("progress of 3 edges: \(encoding / rounds) to encode, \(decoding / rounds) to decode")
    }

    private static func encode(_ progress: Progress) -> [UInt8] {
        var writer = JSONWriter()
        ProgressEncoder.encode(progress, into: &writer)
        return writer.bytes
    }
}
