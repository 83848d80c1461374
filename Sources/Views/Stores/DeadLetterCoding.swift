/// Names of edges as one text, in the rows of dead letters.
enum DeadLetterCoding {
    /// As the headers have them: no name holds a comma.
    static func text(of names: [String]) -> String { names.joined(separator: ",") }

    static func names(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }
}
