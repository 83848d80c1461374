/// JSON document in the one form that equal documents share.
///
/// Members have no order, and of equal names the last counts. Numbers are exact; escapes are resolved.
indirect enum JSONTree: Hashable {
    case null
    case bool(Bool)
    case number(DecimalNumber)
    case string([UInt8])
    case array([JSONTree])
    case object([[UInt8]: JSONTree])

    /// - Returns: nil for what is no JSON, or is nested too deep.
    init?(_ bytes: [UInt8]) {
        var reader = JSONTreeReader(bytes)
        guard let tree = reader.document() else { return nil }
        self = tree
    }

    /// Removes what a pointer means.
    func removing(_ pointer: ArraySlice<JSONPointer.Step>) -> JSONTree {
        guard let step = pointer.first else { return self }
        let next = pointer.dropFirst()
        switch self {
        case .object(var members):
            for name in members.keys where step.matches(name) {
                members[name] = next.isEmpty ? nil : members[name]?.removing(next)
            }
            return .object(members)
        case .array(let elements):
            var left: [JSONTree] = []
            for (index, element) in elements.enumerated() {
                guard step.matches(Array("\(index)".utf8)) else {
                    left.append(element)
                    continue
                }
                if !next.isEmpty { left.append(element.removing(next)) }
            }
            return .array(left)
        case .null, .bool, .number, .string: return self
        }
    }

    /// A pointer to the first difference; nil where there is none.
    func difference(from other: JSONTree, at path: String = "") -> String? {
        switch (self, other) {
        case (.object(let a), .object(let b)):
            for name in Set(a.keys).union(b.keys).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                let below = path + "/" + JSONPointer.escaped(name)
                guard let one = a[name], let two = b[name] else { return below }
                if let found = one.difference(from: two, at: below) { return found }
            }
            return nil
        case (.array(let a), .array(let b)):
            for index in 0..<min(a.count, b.count) {
                if let found = a[index].difference(from: b[index], at: "\(path)/\(index)") { return found }
            }
            return a.count == b.count ? nil : "\(path)/\(min(a.count, b.count))"
        default: return self == other ? nil : path
        }
    }
}
