import HTTP

/// Brings entries into a cache node by its batches.
enum CacheFill {
    private static let batch = 100

    /// - Parameter operation: the operation with that number, as a batch has it.
    static func run(_ node: String, count: Int, operation: (Int) -> String) throws {
        for first in stride(from: 0, to: count, by: batch) {
            let operations = (first..<min(first + batch, count)).map(operation)
            let answer = try HTTPFetch.perform(
                HTTPClientRequest(
                    method: "POST", url: node + "/cache/batch", headers: [("Content-Type", "application/json")],
                    body: Array("[\(operations.joined(separator: ","))]".utf8)))
            let text = String(decoding: answer.body, as: UTF8.self)
            guard answer.status == 200, !text.contains("\"status\":4"), !text.contains("\"status\":5") else {
                throw BenchmarkError("not stored: \(answer.status) \(text.prefix(1_000))")
            }
        }
    }
}
