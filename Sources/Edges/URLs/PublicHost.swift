internal import Basics

/// Host names as they stand in a `Host` header.
enum PublicHost {
    /// Lower case, without the scheme's own port; nil for what no host can be: user names, blanks, letters
    /// beyond ASCII, ports beyond 65,535.
    static func normalised(_ authority: Substring.UTF8View, isSecure: Bool) -> String? {
        guard let (name, port) = split(authority), isName(name) else { return nil }
        var text = String(Substring(name))
        if text.utf8.contains(where: \.isASCIIUppercase) { text = text.lowercased() }
        guard let port else { return text }
        guard !port.isEmpty else { return text }
        guard port.count <= 5, port.allSatisfy(\.isASCIIDigit), let number = UInt16(Substring(port)) else { return nil }
        return number == (isSecure ? 443 : 80) ? text : "\(text):\(number)"
    }

    /// Name, and what stands behind the colon if there is one.
    private static func split(
        _ authority: Substring.UTF8View
    ) -> (name: Substring.UTF8View, port: Substring.UTF8View?)? {
        let nameEnd: String.Index
        if authority.first == UInt8(ascii: "[") {
            guard let bracket = authority.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            nameEnd = authority.index(after: bracket)
        } else {
            nameEnd = authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
        }
        guard nameEnd < authority.endIndex else { return (authority, nil) }
        guard authority[nameEnd] == UInt8(ascii: ":") else { return nil }
        return (authority[..<nameEnd], authority[authority.index(after: nameEnd)...])
    }

    private static func isName(_ name: Substring.UTF8View) -> Bool {
        if name.first == UInt8(ascii: "[") {
            let inner = name.dropFirst().dropLast()
            return inner.contains(UInt8(ascii: ":"))
                && inner.allSatisfy {
                    Hexadecimal.value(of: $0) != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
                }
        }
        return !name.isEmpty && name.count <= 253
            && name.allSatisfy {
                $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
                    || $0 == UInt8(ascii: "_")
            }
    }
}
