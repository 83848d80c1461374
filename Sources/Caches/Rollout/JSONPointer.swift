/// Pointer into JSON documents (RFC 6901), in which `*` stands for any member or element.
public struct JSONPointer: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        case name([UInt8])
        case any

        func matches(_ name: [UInt8]) -> Bool {
            switch self {
            case .name(let own): own == name
            case .any: true
            }
        }
    }

    /// So many of a comparison.
    public static let countMax = 32
    public static let bytesMax = 256

    let steps: [Step]

    /// - Parameter text: such as `/items/*/updatedAt`.
    /// - Returns: nil for what is no pointer, or means the whole document.
    public init?(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "/"), text.utf8.count <= Self.bytesMax else { return nil }
        var steps: [Step] = []
        for part in Array(text.utf8).dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let name = Self.unescaped(part) else { return nil }
            steps.append(part.elementsEqual("*".utf8) ? .any : .name(name))
        }
        self.steps = steps
    }

    private static func unescaped(_ part: ArraySlice<UInt8>) -> [UInt8]? {
        var name: [UInt8] = []
        var index = part.startIndex
        while index < part.endIndex {
            guard part[index] == UInt8(ascii: "~") else {
                name.append(part[index])
                index += 1
                continue
            }
            guard index + 1 < part.endIndex else { return nil }
            switch part[index + 1] {
            case UInt8(ascii: "0"): name.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): name.append(UInt8(ascii: "/"))
            default: return nil
            }
            index += 2
        }
        return name
    }

    static func escaped(_ name: [UInt8]) -> String {
        var text: [UInt8] = []
        for byte in name {
            switch byte {
            case UInt8(ascii: "~"): text += "~0".utf8
            case UInt8(ascii: "/"): text += "~1".utf8
            default: text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
