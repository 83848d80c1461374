import Invalidations

/// How values look in headers.
enum HeaderText {
    static let errorBytesMax = 512

    /// `topic/partition/offset`.
    static func seq(_ position: RecordPosition, _ topics: SourceTopics) -> String {
        "\(topics[position.source])/\(position.offset)"
    }

    /// No name has a comma in it.
    static func list(_ names: [String]) -> String {
        names.joined(separator: ",")
    }

    /// Cut to its limit between two characters.
    static func error(_ text: String) -> String {
        guard text.utf8.count > errorBytesMax else { return text }
        var cut = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= errorBytesMax else { break }
            cut.append(scalar)
        }
        return String(cut)
    }
}
