internal import Basics

/// A server as a URL of `http` names it: host and port.
package struct HTTPOrigin {
    /// "http://10.0.0.5:6081", the beginning of all its URLs.
    let text: String
    /// "10.0.0.5:6081", as it stands in `Host`.
    let authority: String
    /// Without the brackets of an IPv6 address.
    let host: String
    let port: String

    /// - Parameter url: any URL of the server; its path does not matter.
    package init?(_ url: String) {
        let scheme = "http://"
        guard url.utf8.starts(with: scheme.utf8) else { return nil }
        authority = String(url.dropFirst(scheme.count).prefix { !"/?#".contains($0) })
        text = scheme + authority
        let name: Substring
        let digits: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            name = authority[authority.index(after: authority.startIndex)..<end]
            digits = authority[authority.index(after: end)...]
        } else {
            let end = authority.firstIndex(of: ":") ?? authority.endIndex
            name = authority[..<end]
            digits = authority[end...]
        }
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "@") }),
            digits.isEmpty || digits.first == ":", digits.count <= 6,
            digits.dropFirst().utf8.allSatisfy(\.isASCIIDigit)
        else { return nil }
        host = String(name)
        port = digits.count < 2 ? "80" : String(digits.dropFirst())
        guard let number = Int(port), (1...65_535).contains(number) else { return nil }
    }
}
