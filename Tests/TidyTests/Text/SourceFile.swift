/// A text file of the repository.
struct SourceFile {
    /// From the repository's root.
    let path: String
    let text: String
    let lines: [Substring]
    /// The same lines with comments and strings blanked; nil where the file is not Swift.
    let code: SwiftCode?

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        code = path.hasSuffix(".swift") ? SwiftCode(text) : nil
    }

    var name: Substring { path.split(separator: "/").last ?? "" }
}
