/// Runs all rules, and sets against them what is allowed.
struct Checker {
    let files: [SourceFile]
    let allowed: [Allowed]
    let findings: [Finding]

    init(_ files: [SourceFile], words: [BannedWord], wireNames: [String], allowed: [Allowed]) {
        self.files = files
        self.allowed = allowed
        let matcher = WordMatcher(words, wireNames: wireNames)
        var findings: [Finding] = []
        for file in files {
            findings += LineRules.findings(file)
            findings += FunctionLength.findings(file)
            findings += FirstLine.findings(file)
            // The tables name the words, and the tests try them.
            if !file.path.hasPrefix("Tests/TidyTests/") { findings += matcher.findings(file) }
        }
        self.findings = findings + Declarations(files).findings + OtherFiles.findings(files)
    }

    var violations: [Finding] {
        findings.filter { finding in
            !allowed.contains { entry in entry.rules.contains { entry.covers(finding, $0) } }
        }
    }

    /// Exceptions that excuse nothing: what they were for is gone.
    var stale: [String] {
        allowed.flatMap { entry in
            entry.rules.filter { rule in !findings.contains { entry.covers($0, rule) } }
                .map { "\(entry.path): delete \($0)" }
        }
    }
}
