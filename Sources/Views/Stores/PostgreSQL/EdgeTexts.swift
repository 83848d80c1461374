/// Lists of edges' names as one text each, with those kept that were seen last.
///
/// Most requests share a few lists: those that were read from equal texts share their memory, too.
final class EdgeTexts {
    private static let keptMax = 1_000

    private var namesByText: [String: [String]] = [:]

    /// Names are printable, so a line break parts them.
    static func text(of names: [String]) -> String { names.joined(separator: "\n") }

    func names(_ text: String) -> [String] {
        if let names = namesByText[text] { return names }
        let names = text.split(separator: "\n").map(String.init)
        if namesByText.count >= Self.keptMax { namesByText.removeAll(keepingCapacity: true) }
        namesByText[text] = names
        return names
    }
}
