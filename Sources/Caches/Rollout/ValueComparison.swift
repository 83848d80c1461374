/// Compares what the main API answers with what the cache has.
public struct ValueComparison: Sendable {
    private let ignored: [JSONPointer]

    /// - Parameter ignored: parts of the documents that may differ.
    public init(ignoring ignored: [JSONPointer] = []) {
        self.ignored = ignored
    }

    /// A pointer to the first difference, which is empty for the whole document; nil where there is none.
    ///
    /// - Parameters:
    ///   - a: nil where there is no value.
    public func difference(_ a: [UInt8]?, _ b: [UInt8]?) -> String? {
        guard let a, let b else { return a == nil && b == nil ? nil : "" }
        guard a != b else { return nil }
        guard let one = JSONTree(a), let two = JSONTree(b) else { return "" }
        return reduced(one).difference(from: reduced(two))
    }

    private func reduced(_ tree: JSONTree) -> JSONTree {
        ignored.reduce(tree) { $0.removing($1.steps[...]) }
    }
}
