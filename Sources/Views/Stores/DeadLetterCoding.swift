internal import Invalidations
internal import Replays
internal import Storage

/// Rows of dead letters: how they hold names of edges, and what they say.
enum DeadLetterCoding {
    /// Names as one text, as the headers have them: no name holds a comma.
    static func text(of names: [String]) -> String { names.joined(separator: ",") }

    static func names(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }

    /// - Parameter row: in the order of columns that both databases are asked for.
    static func record(from row: some DatabaseRow) -> DeadLetterRecord {
        // A topic that stores no times has 0 for them.
        let time = row.integer(2)
        let entry = DeadLetterEntry(
            partition: Int32(truncatingIfNeeded: row.integer(0)), offset: row.integer(1),
            time: time == 0 ? nil : time, deadClass: row.text(3), error: row.text(4), requestID: row.id(5),
            namespace: row.optionalText(6).flatMap { Namespace($0) }, origin: row.text(7),
            edges: names(row.text(8)),
            attempts: Int(row.integer(9)), run: row.optionalText(12),
            generation: UInt32(clamping: row.integer(10)), redrives: Int(row.integer(11)), statusID: row.id(13))
        return DeadLetterRecord(
            entry: entry, isOpen: row.integer(15) != 0, openEdges: names(row.text(14)))
    }
}
