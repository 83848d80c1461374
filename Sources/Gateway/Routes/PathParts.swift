/// Parts of a path between its slashes.
enum PathParts {
    /// Byte by byte: a slash is one byte in any text.
    ///
    /// - Returns: an empty part for each slash that has nothing before or behind it.
    static func split(_ path: String) -> [String] {
        path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }
}
