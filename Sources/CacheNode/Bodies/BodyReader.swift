internal import Caches
internal import Gateway
internal import JSON

/// Reads the JSON bodies of calls, on whatever thread has the request.
final class BodyReader: Sendable {
    /// Values may be nested deeper than what the log carries.
    private static let depthMax = 512

    private let parsers: SharedSlots<JSONParser>

    /// - Parameter threads: that read bodies at the same time.
    init(threads: Int) {
        parsers = SharedSlots(count: threads) {
            JSONParser(bytesMax: CacheLimits.batchBytes, depthMax: Self.depthMax)
        }
    }

    /// - Parameter make: gets the document's root, and its bytes.
    func read<Body: Sendable>(
        _ bytes: [UInt8], _ make: @Sendable (JSONValue, ArraySlice<UInt8>) throws -> Body
    ) throws(CallRefusal) -> Body {
        do {
            return try parsers.use { parser in
                try parser.parse(bytes) { root in try make(root, bytes[...]) }
            }
        } catch let refusal as CallRefusal {
            throw refusal
        } catch let error as CacheInputError {
            throw CallRefusal(error)
        } catch {
            throw CallRefusal(400, "The body is not JSON: \(error)")
        }
    }
}

extension JSONValue {
    /// The number of a member; nil where it is absent or null.
    func seconds(_ name: StaticString) throws(CacheInputError) -> Double? {
        guard let value = self[name], !value.isNull else { return nil }
        guard let number = value.double else { throw .lifetimeIsNotAllowed("\(name)") }
        return number
    }

    /// The string of a member; nil where it is absent or null.
    func text(_ name: StaticString) throws(CallRefusal) -> String? {
        guard let value = self[name], !value.isNull else { return nil }
        guard let text = value.string else {
            throw CallRefusal(400, "\(name) must be a string, not \(value.kind.name)")
        }
        return text
    }

    /// True or false of a member; nil where it is absent or null.
    func truth(_ name: StaticString) throws(CallRefusal) -> Bool? {
        guard let value = self[name], !value.isNull else { return nil }
        guard let truth = value.bool else {
            throw CallRefusal(400, "\(name) must be true or false, not \(value.kind.name)")
        }
        return truth
    }

    /// The strings of a member; empty where it is absent or null.
    func texts(_ name: StaticString, max: Int) throws(CallRefusal) -> [String] {
        guard let value = self[name], !value.isNull else { return [] }
        guard value.kind == .array else { throw CallRefusal(400, "\(name) must be a list of strings") }
        guard value.count <= max else { throw CallRefusal(400, "\(name) has more than \(max) entries") }
        var texts: [String] = []
        var isWhole = true
        value.forEachElement { element in
            if let text = element.string { texts.append(text) } else { isWhole = false }
        }
        guard isWhole else { throw CallRefusal(400, "\(name) must be a list of strings") }
        return texts
    }
}
