internal import JSON

/// JSON document in the one form that equal documents share.
///
/// Members have no order, and of equal names the last counts. Escapes are resolved.
indirect enum JSONTree: Equatable {
    /// An origin's answer may be larger than what the cache keeps, and is compared all the same.
    private static let bytesMax = 16 << 20
    private static let depthMax = 512

    case null
    case bool(Bool)
    case number(JSONNumber)
    case string([UInt8])
    case array([JSONTree])
    case object([[UInt8]: JSONTree])

    /// - Returns: nil for what is no JSON, or is nested too deep.
    init?(_ bytes: [UInt8]) {
        let parser = JSONParser(bytesMax: Self.bytesMax, depthMax: Self.depthMax)
        guard let tree = try? parser.parse(bytes, { JSONTree($0) }) else { return nil }
        self = tree
    }

    private init(_ value: JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .bool: self = .bool(value.bool == true)
        case .integer, .unsigned, .double: self = JSONNumber(value).map { .number($0) } ?? .null
        case .string: self = .string(value.utf8.map { Array($0) } ?? [])
        case .array:
            var elements: [JSONTree] = []
            value.forEachElement { elements.append(JSONTree($0)) }
            self = .array(elements)
        case .object:
            var members: [[UInt8]: JSONTree] = [:]
            value.forEachMember { members[Array($0.utf8)] = JSONTree($1) }
            self = .object(members)
        }
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
