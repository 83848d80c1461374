/// Something that a rule does not allow.
struct Finding: Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    /// What an exception names: a rule, or a word of the table.
    let rule: String
    let message: String

    var description: String { "\(path):\(line): [\(rule)] \(message)" }
}
