internal import Caches
internal import HTTP
internal import JSON

/// Parts of a batch for the owners of their keys.
///
/// Each part is one batch to another node. Operations of a key are in one part, in their order.
struct OwnerBatches {
    private struct Part {
        var indexes: [Int] = []
        var operations: [ArraySlice<UInt8>] = []
    }

    private static let answerBytesMax = 16 << 20
    private static let wordsMax = 200

    private let request: HTTPRequest
    private var parts: [String: Part] = [:]
    private var written: [EntryTarget] = []

    /// - Parameter request: the client's; its body does not count.
    init(_ request: HTTPRequest) {
        self.request = request
    }

    /// - Parameter target: nil for a read.
    mutating func add(
        _ operation: ArraySlice<UInt8>, _ index: Int, owner: String, writing target: EntryTarget?
    ) {
        if let target { written.append(target) }
        parts[owner, default: Part()].indexes.append(index)
        parts[owner]?.operations.append(operation)
    }

    /// Sends what was added, to all owners at once, and waits for their answers.
    ///
    /// - Returns: what the owners say of the durability of their writes.
    mutating func sendAll(_ results: BatchResults, _ service: CacheService) -> [String] {
        guard !parts.isEmpty else { return [] }
        let owners = parts.sorted { $0.key < $1.key }
        parts = [:]
        let answers = PeerCalls.askAll(owners.map { call($0.key, $0.value) })
        var durabilities: [String] = []
        for ((_, part), answer) in zip(owners, answers) {
            service.metrics.forwarded(isAnswered: answer?.status == 200)
            if let durability = answer?.header.first("Cache-Durability") { durabilities.append(durability) }
            for (index, result) in zip(part.indexes, Self.results(answer, count: part.indexes.count)) {
                results.set(result, index)
            }
        }
        for target in written { service.mirrors?.drop(target.key, in: target.namespace, .now()) }
        written = []
        return durabilities
    }

    private func call(_ owner: String, _ part: Part) -> HTTPClientRequest {
        var call = HTTPClientRequest(
            method: "POST", url: owner + PeerCalls.target(of: request), headers: PeerCalls.fields(of: request),
            body: [UInt8(ascii: "[")] + part.operations.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")],
            timeout: OwnerForwarding.timeout, responseBytesMax: Self.answerBytesMax)
        call.keepsHeader = true
        return call
    }

    private static func results(_ answer: HTTPClientResponse?, count: Int) -> [BatchResult] {
        guard let answer else { return Array(repeating: .refused(.ownerIsSilent), count: count) }
        guard answer.status == 200 else {
            let words = String(decoding: answer.body.prefix(wordsMax), as: UTF8.self)
            let refusal = CallRefusal(
                answer.status == 421 ? 503 : answer.status, "The node that owns the key refuses: \(words)")
            return Array(repeating: .refused(refusal), count: count)
        }
        // A node says `results`, and nothing besides.
        let ranges = JSONRange.member(0, of: answer.body[...]).map {
            JSONRange.elements(of: answer.body[$0], max: count)
        }
        guard let ranges, ranges.count == count else {
            return Array(repeating: .refused(.ownerIsSilent), count: count)
        }
        return ranges.map { .answered(Array(answer.body[$0])) }
    }
}
