internal import HTTP
internal import Invalidations
internal import JSON

/// Reads the items of a batch: a JSON array, or a JSON document a line.
struct BatchReader: Sendable {
    static let countMax = 1_000
    /// An item that is nested too deep is refused alone, up to here.
    private static let depthMax = 1_024

    enum Reading {
        /// The body is a request of its own.
        case single
        /// Each as if it had come alone.
        case items([HTTPRequest])
        case refused(HTTPResponse)
    }

    private let parsers: SharedSlots<JSONParser>

    /// - Parameter threads: that serve requests.
    init(threads: Int) {
        parsers = SharedSlots(count: threads) {
            JSONParser(bytesMax: Limits.recordBytes, depthMax: Self.depthMax)
        }
    }

    func read(_ request: HTTPRequest) -> Reading {
        let pieces: [ArraySlice<UInt8>]?
        if request.headers.first("Content-Type").map({ MediaType.isLines($0) }) ?? false {
            pieces = BatchSplitter.lines(of: request.body, countMax: Self.countMax)
        } else if BatchSplitter.isArray(request.body) {
            // What is no array as a whole is refused as a whole: nothing of it was published.
            do { try parsers.use { try $0.parse(request.body) { _ in } } } catch {
                return .refused(Problems.refused(InvalidationError(.malformed, "not valid JSON: \(error)")))
            }
            pieces = BatchSplitter.elements(of: request.body, countMax: Self.countMax)
        } else {
            return .single
        }
        guard let pieces else { return .refused(Problems.batchTooLarge) }
        guard !pieces.isEmpty else { return .refused(Problems.emptyBatch) }
        return Self.items(pieces, of: request)
    }

    /// The item of index n has the key KEY#n.
    private static func items(_ pieces: [ArraySlice<UInt8>], of request: HTTPRequest) -> Reading {
        var shared = HTTPHeaders()
        for (name, value) in request.headers.fields where !isOfOneRequest(name) { shared.add(name, value) }
        let key = request.headers.first("Idempotency-Key")
        if let key, key.isEmpty || IdempotencyKey("\(key)#\(pieces.count - 1)", in: .default) == nil {
            return .refused(Problems.invalidIdempotencyKey)
        }
        let items = pieces.enumerated().map { index, piece in
            var item = request
            item.headers = shared
            if let key { item.headers.add("Idempotency-Key", "\(key)#\(index)") }
            item.body = Array(piece)
            return item
        }
        return .items(items)
    }

    /// The attributes of an event in its binary form mean one body; so does a key.
    private static func isOfOneRequest(_ name: String) -> Bool {
        name.lowercased().hasPrefix("ce-") || HTTPHeaders.isSame(name, "Idempotency-Key")
    }
}
