import Foundation
import Invalidations
import JSON
import Runtime

/// Asks what publishing each line of the input would come to, and publishes nothing.
///
/// The gateway plans as many lines together as it takes in one batch. Between two such parts nothing is shared: a
/// selector that stands in both counts twice, as it may when they are published.
struct BulkPlan {
    /// As many as a gateway takes at a time.
    private static let partMax = 1_000
    private static let partBytesMax = Limits.recordBytes
    /// Further reasons are only counted.
    private static let reasonsMax = 20

    private let client: GatewayClient
    private let isJSON: Bool
    private var sum = PlanSum()
    private var reasons = 0

    init(_ client: GatewayClient, isJSON: Bool) {
        (self.client, self.isJSON) = (client, isJSON)
    }

    /// - Throws: `CommandError` where there is no plan.
    mutating func run(_ input: consuming LineReader) throws -> ExitCode {
        var part: [(number: Int, text: [UInt8])] = []
        var bytes = 0
        while let line = try input.next() {
            guard case .text(let text) = line else {
                sum.refused += 1
                tell(input.number, "longer than a request may be")
                continue
            }
            // With the end of its line.
            if part.count == Self.partMax || bytes + text.count + 1 > Self.partBytesMax {
                try ask(part)
                (part, bytes) = ([], 0)
            }
            part.append((input.number, text))
            bytes += text.count + 1
        }
        if !part.isEmpty { try ask(part) }
        guard sum.requests + sum.refused > 0 else { throw CommandError(.dataError, "the input has no requests") }
        let document = sum.document
        if isJSON { Output.json(document) } else { Output.text(try PlanText.text(of: document)) }
        return sum.refused > 0 ? .dataError : .ok
    }

    private mutating func ask(_ part: [(number: Int, text: [UInt8])]) throws {
        let body = Array(part.map(\.text).joined(separator: [UInt8(ascii: "\n")]))
        let answer = try client.call(
            "POST", "/invalidate?plan=true", body: body, headers: [("Content-Type", "application/x-ndjson")],
            timeout: .seconds(60))
        var remarks: [(Int, String)] = []
        do {
            try JSONParser(bytesMax: 8 << 20).parse(answer) { root in
                try sum.add(root)
                remarks = Self.remarks(root, part.map(\.number))
            }
        } catch {
            throw CommandError(.unavailable, "what answered is no plan: \(error)")
        }
        for (number, text) in remarks { tell(number, text) }
    }

    /// What is wrong with lines, or looks so.
    private static func remarks(_ root: JSONValue, _ numbers: [Int]) -> [(Int, String)] {
        var remarks: [(Int, String)] = []
        var index = 0
        root["items"]?.forEachElement { item in
            defer { index += 1 }
            guard numbers.indices.contains(index) else { return }
            if item["status"]?.int64 != 200 {
                remarks.append((numbers[index], item["detail"]?.string ?? item["title"]?.string ?? "refused"))
            }
            item["warnings"]?.forEachElement { warning in
                let words = [warning["field"]?.string, warning["message"]?.string].compactMap { $0 }
                remarks.append((numbers[index], "warning: " + words.joined(separator: ": ")))
            }
        }
        return remarks
    }

    private mutating func tell(_ line: Int, _ reason: String) {
        reasons += 1
        guard reasons <= Self.reasonsMax else { return }
        Output.notice("line \(line): \(reason)")
        if reasons == Self.reasonsMax { Output.notice("what else goes wrong is only counted") }
    }
}

/// Sum of plans, in the form of one.
private struct PlanSum {
    private struct Edge {
        var seconds: Double?
        var counts: [Int64] = Array(repeating: 0, count: PlanSum.counts.count)
        var selectors: [Int64] = Array(repeating: 0, count: PlanSum.kinds.count)
    }

    private static let counts: [StaticString] = ["requests", "calls", "skipped", "deadLetters", "softAsHard"]
    private static let kinds: [StaticString] = ["tags", "urls", "prefixes", "everything"]

    private(set) var requests: Int64 = 0
    var refused: Int64 = 0
    private var parts: Int64 = 0
    private var calls: Int64 = 0
    private var edges: [String: Edge] = [:]
    /// As the gateway's configuration has them.
    private var order: [String] = []

    mutating func add(_ root: JSONValue) throws {
        guard root["plan"]?.bool == true, let list = root["edges"] else {
            throw JSONError(message: "the answer has no plan; the gateway may be of an earlier version")
        }
        parts += 1
        requests = Self.sum(requests, root["requests"])
        refused = Self.sum(refused, root["refused"])
        calls = Self.sum(calls, root["calls"])
        list.forEachElement { value in
            let name = value["edge"]?.string ?? ""
            if edges[name] == nil { order.append(name) }
            var edge = edges[name] ?? Edge()
            for (index, count) in Self.counts.enumerated() {
                edge.counts[index] = Self.sum(edge.counts[index], value[count])
            }
            for (index, kind) in Self.kinds.enumerated() {
                edge.selectors[index] = Self.sum(edge.selectors[index], value["selectors"]?[kind])
            }
            if let seconds = value["seconds"]?.double { edge.seconds = (edge.seconds ?? 0) + seconds }
            edges[name] = edge
        }
    }

    /// As `POST /invalidate?plan=true` answers, with `parts` and without items.
    var document: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("plan", true)
        writer.member("requests", requests)
        writer.member("refused", refused)
        writer.member("parts", parts)
        writer.member("calls", calls)
        Self.write(edges.values.compactMap(\.seconds).max(), into: &writer)
        writer.key("edges")
        writer.beginArray()
        for name in order {
            guard let edge = edges[name] else { continue }
            writer.beginObject()
            writer.member("edge", name)
            for (count, value) in zip(Self.counts, edge.counts) { writer.member(count, value) }
            Self.write(edge.seconds, into: &writer)
            writer.key("selectors")
            writer.beginObject()
            for (kind, value) in zip(Self.kinds, edge.selectors) { writer.member(kind, value) }
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ seconds: Double?, into writer: inout JSONWriter) {
        guard let seconds, seconds.isFinite else { return }
        writer.key("seconds")
        writer.double(seconds)
    }

    private static func sum(_ number: Int64, _ value: JSONValue?) -> Int64 {
        let (sum, overflow) = number.addingReportingOverflow(value?.int64 ?? 0)
        return overflow ? .max : sum
    }
}
