import Testing

/// The repository keeps to its own rules of words and form.
struct TidyTests {
    private static let checker = Checker(
        Repository.shared.files, words: BannedWords.all, wireNames: Exceptions.wireNames,
        allowed: Exceptions.all)

    @Test func theRepositoryIsRead() {
        #expect(Repository.shared.files.contains { $0.path == "Package.swift" })
        #expect(Repository.shared.files.count > 300)
    }

    @Test func nothingIsAgainstTheRules() {
        let violations = Self.checker.violations
        #expect(violations.isEmpty, "\(violations.map(\.description).joined(separator: "\n"))")
    }

    /// An exception that excuses nothing is deleted.
    @Test func everyExceptionExcusesSomething() {
        let stale = Self.checker.stale
        #expect(stale.isEmpty, "\(stale.joined(separator: "\n"))")
    }

    @Test func everyNameOnTheWireIsUsed() {
        for name in Exceptions.wireNames {
            #expect(
                Repository.shared.files.contains { !$0.path.hasPrefix("Tests/TidyTests/") && $0.text.contains(name) },
                "\(name) is an exception and occurs nowhere")
        }
    }
}
