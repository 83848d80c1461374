internal import Basics
internal import Foundation

/// A URL as people write it, brought into the form that caches are asked with.
///
/// Scheme in lower case, host name in its `xn--` form, and everything else beyond ASCII percent-encoded as UTF-8.
enum URLText {
    /// - Parameter text: valid UTF-8.
    /// - Throws: what is wrong with it, to be read behind "must be an absolute http or https URL".
    static func normalised(_ text: UnsafeBufferPointer<UInt8>, isPrefix: Bool) throws(URLRefusal) -> String {
        guard text.count <= Limits.urlBytes else {
            throw URLRefusal("of at most \(Limits.urlBytes) bytes")
        }
        let scheme = try scheme(of: text)
        let remainder = text[(scheme.utf8.count + 3)...]
        let hostEnd = remainder.firstIndex { $0 == slash || $0 == question || $0 == hash } ?? remainder.endIndex
        guard hostEnd > remainder.startIndex else { throw URLRefusal("with a host: this one names none") }
        try checkBytes(text, hostEnd: hostEnd, isPrefix: isPrefix)
        var url = "\(scheme)://"
        url += try authority(remainder[..<hostEnd])
        url += encoded(remainder[hostEnd...])
        guard url.utf8.count <= Limits.urlBytes else {
            throw URLRefusal("of at most \(Limits.urlBytes) bytes once it is percent-encoded")
        }
        return url
    }

    private static let slash = UInt8(ascii: "/")
    private static let question = UInt8(ascii: "?")
    private static let hash = UInt8(ascii: "#")
    private static let star = UInt8(ascii: "*")

    private static func scheme(of text: UnsafeBufferPointer<UInt8>) throws(URLRefusal) -> String {
        for scheme in ["https", "http"] where hasScheme(text, scheme) { return scheme }
        let beginning = excerpt(text)
        if beginning.hasPrefix("//") { throw URLRefusal("with its scheme: write https:\(beginning)") }
        if beginning.hasPrefix("/") || beginning.isEmpty {
            throw URLRefusal("with its scheme and host: write https://HOST\(beginning)")
        }
        if let colon = beginning.range(of: "://") {
            throw URLRefusal("and \(beginning[..<colon.lowerBound]) is another scheme")
        }
        throw URLRefusal("with its scheme: write https://\(beginning)")
    }

    private static func hasScheme(_ text: UnsafeBufferPointer<UInt8>, _ scheme: String) -> Bool {
        let length = scheme.utf8.count
        return text.count >= length + 3 && zip(text, scheme.utf8).allSatisfy { $0 | 0x20 == $1 }
            && text[length..<length + 3].elementsEqual("://".utf8)
    }

    private static func checkBytes(
        _ text: UnsafeBufferPointer<UInt8>, hostEnd: Int, isPrefix: Bool
    ) throws(URLRefusal) {
        if text.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
            throw URLRefusal("without blanks and control characters: percent-encode them, a blank as %20")
        }
        if isPrefix, text.contains(where: { $0 == question || $0 == hash }) {
            throw URLRefusal("without query or fragment")
        }
        guard let index = text.firstIndex(of: star) else { return }
        if isPrefix { throw URLRefusal("without *: a prefix means everything that begins with it") }
        guard index >= hostEnd else { throw URLRefusal("without *: name each host") }
        throw URLRefusal(
            "without *, which is no wildcard in urls: name what begins alike in prefixes, such as "
                + "\"\(excerpt(.init(rebasing: text[..<index])))\"; a * that is meant is %2A")
    }

    /// Host and port.
    private static func authority(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) throws(URLRefusal) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard bytes.contains(where: { $0 >= 0x80 }) else { return text }
        guard !bytes.contains(UInt8(ascii: "@")) else { throw URLRefusal("without a user name") }
        let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) ?? text.endIndex
        let host: String
        do throws(HostNameRefusal) {
            host = try HostName.ascii(text[..<colon])
        } catch {
            throw URLRefusal("with a host name: \(error.problem)")
        }
        guard text[colon...].utf8.allSatisfy({ $0 < 0x80 }) else { throw URLRefusal("with a number as port") }
        return host + text[colon...]
    }

    private static func encoded(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(bytes.count + 16)
        for byte in bytes {
            if byte < 0x80 {
                encoded.append(byte)
            } else {
                encoded.append(UInt8(ascii: "%"))
                Hexadecimal.append(byte, to: &encoded, isUppercase: true)
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// The beginning, for a message.
    private static func excerpt(_ text: UnsafeBufferPointer<UInt8>) -> String {
        let whole = String(decoding: text.prefix(120), as: UTF8.self)
        return text.count > 80 ? "\(whole.prefix(64))…" : whole
    }
}

/// What a URL must be, as the end of a sentence.
struct URLRefusal: Error {
    let demand: String

    init(_ demand: String) {
        self.demand = demand
    }
}
