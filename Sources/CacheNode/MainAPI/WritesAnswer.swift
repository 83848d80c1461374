internal import CacheWrites
internal import Caches
internal import HTTP
internal import JSON
internal import Storage

/// What the main API's answer to a batch means. In doubt the batch waits: an outage must never make dead letters.
enum WritesAnswer {
    /// An API may say what it was sent once more, with its characters escaped.
    static let bytesMax = 32 << 20
    /// Of a value, and some levels around it.
    static let depthMax = 520
    /// A parser keeps several times the bytes of its largest document: that is not worth it for larger ones.
    private static let usualBytesMax = 1 << 20
    private static let reasonCharactersMax = 300

    /// - Parameter keys: of the batch, in its order.
    static func flushAnswer(_ result: HTTPClientResult, _ keys: [String], _ parser: JSONParser) -> FlushAnswer {
        let response: HTTPClientResponse
        switch result {
        case .failure(let failure):
            return .failed(.busy("the main API does not answer: \(failure.message)"))
        case .response(let found): response = found
        }
        let said = "the main API answered a batch of writes with \(response.status)\(text(response.body))"
        switch response.status {
        case 200..<300:
            guard let results = results(response.body, keys, parser) else {
                return .failed(
                    .busy("\(said), which is no result for each write: it is not known which of them it has"))
            }
            return .answered(results)
        case 408, 425, 429, 500...:
            return response.retryAfter.map { .away(.busy(said), retryAfter: $0) } ?? .failed(.busy(said))
        // The credential or the address is wrong: no row is at fault.
        case ..<400, 401, 402, 403, 404, 405, 407, 410, 421:
            return .failed(.other(code: "HTTP \(response.status)", said))
        default: return .failed(.constraint(said))
        }
    }

    /// - Returns: nil for anything but one result for each write, in their order.
    private static func results(_ body: [UInt8], _ keys: [String], _ parser: JSONParser) -> [RowResult]? {
        let isUsual = body.count <= usualBytesMax
        let parser = isUsual ? parser : JSONParser(bytesMax: bytesMax, depthMax: depthMax)
        let results = try? parser.parse(body) { root -> [RowResult]? in
            guard let list = root["results"], list.kind == .array, list.count == keys.count else { return nil }
            var results: [RowResult] = []
            var isWhole = true
            list.forEachElement { element in
                let key = results.count < keys.count ? keys[results.count] : ""
                guard isWhole, element.kind == .object, let result = result(element, key) else {
                    return isWhole = false
                }
                results.append(result)
            }
            return isWhole && results.count == keys.count ? results : nil
        }
        return results ?? nil
    }

    /// - Returns: nil for one that says something else, or that means another key.
    private static func result(_ element: JSONValue, _ key: String) -> RowResult? {
        if let named = element["key"], named.string.map({ Array($0.utf8) }) != Array(key.utf8) { return nil }
        switch element["status"]?.string {
        // Later writes of the key are there: nothing is missing.
        case "stored", "superseded": return .written
        case "refused":
            let reason = element["reason"]?.string ?? "without a reason"
            return .refused(reason: "the main API refuses it: \(reason.prefix(reasonCharactersMax))")
        default: return nil
        }
    }

    /// What a person wants to read of it.
    private static func text(_ body: [UInt8]) -> String {
        guard !body.isEmpty else { return "" }
        let text = String(decoding: body.prefix(200), as: UTF8.self)
        return ": " + String(text.map { $0.isNewline || $0 == "\0" ? " " : $0 })
    }
}
