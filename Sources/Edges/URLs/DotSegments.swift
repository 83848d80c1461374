/// Removes `.` and `..` from paths (RFC 3986, 5.2.4), also where the dots are percent-encoded: caches and clients
/// do so too, and a path put behind a purge prefix must not lead out of it.
enum DotSegments {
    /// - Parameter target: path and query; begins with `/`.
    static func removed(from target: String) -> String {
        let pathEnd = target.firstIndex(of: "?") ?? target.endIndex
        var kept: [Substring] = []
        let segments = target[..<pathEnd].dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            let dots = dotCount(segment)
            if dots == 2, !kept.isEmpty { kept.removeLast() }
            // What is removed at the end leaves its slash.
            if dots == 0 { kept.append(segment) } else if index == segments.count - 1 { kept.append("") }
        }
        return "/" + kept.joined(separator: "/") + target[pathEnd...]
    }

    /// 1 or 2 for a segment that means "here" or "up", otherwise 0.
    private static func dotCount(_ segment: Substring) -> Int {
        guard segment.utf8.count <= 6 else { return 0 }
        switch segment.lowercased() {
        case ".", "%2e": return 1
        case "..", ".%2e", "%2e.", "%2e%2e": return 2
        default: return 0
        }
    }
}
