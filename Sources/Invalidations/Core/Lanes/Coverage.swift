/// One selector of one kind.
package struct Selector: Hashable {
    package let kind: SelectorKinds
    package let text: String

    package static let everything = Selector(kind: .everything, text: "")
}

extension Selectors {
    package func forEach(_ body: (Selector) -> Void) {
        for tag in tags { body(Selector(kind: .tags, text: tag)) }
        for url in urls { body(Selector(kind: .urls, text: url)) }
        for prefix in prefixes { body(Selector(kind: .prefixes, text: prefix)) }
        if everything { body(.everything) }
    }

    /// Whether purging this purges all that the other names, in the same namespace.
    package func covers(_ other: Selectors) -> Bool {
        if everything { return true }
        return !other.everything
            && other.tags.allSatisfy(tags.contains)
            && other.urls.allSatisfy { url in urls.contains(url) || prefixes.contains { $0.isPurgePrefix(of: url) } }
            && other.prefixes.allSatisfy(prefixes.contains)
    }

    var first: Selector? {
        if let tag = tags.first { return Selector(kind: .tags, text: tag) }
        if let url = urls.first { return Selector(kind: .urls, text: url) }
        if let prefix = prefixes.first { return Selector(kind: .prefixes, text: prefix) }
        return everything ? .everything : nil
    }
}

extension String {
    /// Whether a purge of this prefix purges that URL, beyond doubt: it reaches into the path, and nothing after it
    /// of the URL could lead out of it again once an edge has normalised it.
    func isPurgePrefix(of url: String) -> Bool {
        guard url.utf8.count >= utf8.count, url.utf8.starts(with: utf8), reachesPath else { return false }
        let remainder = url.utf8.dropFirst(utf8.count)
        // A dot segment may begin before the prefix ends.
        guard utf8.last != UInt8(ascii: "."), utf8.last != UInt8(ascii: "%") else { return false }
        var previous = utf8.last ?? 0
        for byte in remainder {
            let isDotSegment =
                byte == UInt8(ascii: ".") && (previous == UInt8(ascii: "/") || previous == UInt8(ascii: "."))
            if isDotSegment || byte == UInt8(ascii: "%") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "#") {
                return false
            }
            previous = byte
        }
        return !utf8.contains(UInt8(ascii: "%")) && !utf8.contains(UInt8(ascii: "\\"))
    }

    /// `https://shop.example/` does, `https://shop.ex` does not: it could be the beginning of another host.
    private var reachesPath: Bool {
        var slashes = 0
        for byte in utf8 where byte == UInt8(ascii: "/") { slashes += 1 }
        return slashes >= 3 && utf8.starts(with: "http".utf8)
    }
}
