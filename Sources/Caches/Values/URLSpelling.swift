internal import Basics

/// One spelling for URLs that mean the same: scheme, host, port, empty path, escapes.
///
/// The order of the query's fields stays: it may mean something.
enum URLSpelling {
    /// - Parameter url: absolute, http or https. Anything else comes back as it is.
    /// - Parameter isPrefix: an end that may be the beginning of something longer is cut, so that no URL is missed.
    static func normalised(_ url: [UInt8], isPrefix: Bool) -> [UInt8] {
        let schemes = [("https", Array(":443".utf8)), ("http", Array(":80".utf8))]
        guard
            let (scheme, port) = schemes.first(where: { scheme, _ in
                url.count > scheme.utf8.count + 3 && zip(url, scheme.utf8).allSatisfy { $0.asciiLowercased == $1 }
                    && url[scheme.utf8.count..<scheme.utf8.count + 3].elementsEqual("://".utf8)
            })
        else { return url }
        let remainder = url[(scheme.utf8.count + 3)...]
        let hostEnd = remainder.firstIndex { ends.contains($0) } ?? remainder.endIndex
        var host = remainder[..<hostEnd].map(\.asciiLowercased)
        if host.count > port.count, host.suffix(port.count).elementsEqual(port) { host.removeLast(port.count) }
        var text = Array("\(scheme)://".utf8) + host
        if hostEnd == remainder.endIndex || remainder[hostEnd] != UInt8(ascii: "/") {
            // `https://host` as a prefix also means `https://host.example`, which people rarely want, but wrote.
            if !isPrefix || hostEnd != remainder.endIndex { text.append(UInt8(ascii: "/")) }
        }
        appendEscaped(remainder[hostEnd...], to: &text, isPrefix: isPrefix)
        return text
    }

    private static let ends = Array("/?#".utf8)

    /// Escapes in upper case, and none for bytes that need none (RFC 3986, section 6.2.2).
    private static func appendEscaped(_ bytes: ArraySlice<UInt8>, to text: inout [UInt8], isPrefix: Bool) {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte >= 0x80 {
                append(escaped: byte, to: &text)
                index += 1
            } else if byte != UInt8(ascii: "%") {
                text.append(byte)
                index += 1
            } else if index + 2 < bytes.endIndex, let high = Hexadecimal.value(of: bytes[index + 1]),
                let low = Hexadecimal.value(of: bytes[index + 2])
            {
                let decoded = high << 4 | low
                if isUnreserved(decoded) { text.append(decoded) } else { append(escaped: decoded, to: &text) }
                index += 3
            } else {
                // The escape may go on behind the end of a prefix.
                if isPrefix, index + 2 >= bytes.endIndex { return }
                text.append(byte)
                index += 1
            }
        }
    }

    private static func append(escaped byte: UInt8, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "%"))
        Hexadecimal.append(byte, to: &text, isUppercase: true)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: byte.isASCIIAlphanumeric
        }
    }
}
