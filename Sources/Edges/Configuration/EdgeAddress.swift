/// Where an edge is reached: scheme, host, port and maybe a path, as the beginning of every call's URL.
public struct EdgeAddress: Hashable, Sendable, CustomStringConvertible {
    /// Without a slash at the end.
    public let text: String

    /// - Returns: nil unless it is an http or https URL of printable ASCII, without user name, query and fragment.
    public init?(_ text: String) {
        let bytes = text.utf8
        guard bytes.count <= 1_024, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !bytes.contains(UInt8(ascii: "?")), !bytes.contains(UInt8(ascii: "#")),
            let url = try? PurgeURL(text)
        else { return nil }
        var kept = text[...]
        while kept.hasSuffix("/") { kept = kept.dropLast() }
        guard !url.host.isEmpty else { return nil }
        self.text = String(kept)
    }

    public var isSecure: Bool { text.hasPrefix("https://") }

    public var description: String { text }
}
