/// A word that a standard term replaces.
struct BannedWord: Sendable {
    enum Match: Sendable {
        /// In prose, and as a part of an identifier.
        case anywhere
        /// As a part of an identifier in Swift code, not in prose.
        case inCode
        /// As a whole identifier in Swift code.
        case identifier
        /// As the whole name of a function that Swift code declares.
        case function
    }

    /// All its forms; a phrase has spaces. Exceptions name the first one.
    let forms: [String]
    let match: Match
    let instead: String
    /// After this word it is a standard term.
    let allowedAfter: String?

    init(_ forms: String, _ match: Match, _ instead: String, allowedAfter: String? = nil) {
        self.forms = forms.split(separator: ",").map { String($0.drop { $0 == " " }) }
        self.match = match
        self.instead = instead
        self.allowedAfter = allowedAfter
    }

    /// What an exception says, without spaces.
    var name: String { forms[0].split(separator: " ").joined(separator: "-") }
}
