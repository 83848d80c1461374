internal import Caches

/// Version of a write as text of 30 characters: the later one is the larger one, compared as text.
enum VersionText {
    /// Field in which the API says the version of what it has of a key.
    static let field = "Cache-Sync-Version"

    private static let digits = (generation: 10, offset: 19)

    static func text(_ version: LogVersion) -> String {
        padded(Int64(version.generation), digits.generation) + "-" + padded(version.offset, digits.offset)
    }

    /// - Returns: nil for any other text.
    static func version(_ text: String) -> LogVersion? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, isNumber(parts[0], digits.generation), isNumber(parts[1], digits.offset),
            let generation = UInt32(parts[0]), let offset = Int64(parts[1])
        else { return nil }
        return LogVersion(generation: generation, offset: offset)
    }

    private static func padded(_ number: Int64, _ digits: Int) -> String {
        let text = String(max(0, number))
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static func isNumber(_ text: Substring, _ digits: Int) -> Bool {
        text.utf8.count == digits && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
