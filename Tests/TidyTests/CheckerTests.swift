import Testing

/// The checker itself, on small texts.
struct CheckerTests {
    private static func rules(_ text: String, path: String = "Sources/A/A.swift") -> [String] {
        let file = SourceFile(path: path, text: text)
        let matcher = WordMatcher(BannedWords.all, wireNames: Exceptions.wireNames)
        let findings =
            LineRules.findings(file) + FunctionLength.findings(file) + FirstLine.findings(file)
            + matcher.findings(file)
        return findings.map(\.rule)
    }

    @Test(arguments: [
        ("var edgeDesk = 1", ["desk"]),
        ("// The desk of an edge.", ["desk"]),
        ("let desktop = 1", []),
        ("canPutOff()", ["put-off"]),
        ("// It is put off.", ["put-off"]),
        ("x.put(off)", []),
        ("inFlight += 1", []),
        ("// Two are in flight.", []),
        ("let flight = 1", ["flight"]),
        ("// Takes the place of another.", []),
        ("let edgePlace = 1", ["place"]),
        ("replace(1)", []),
        ("deadLetter()", []),
        ("sendLetters()", ["letter"]),
        ("\"a letter in a string\"", []),
        ("\"\\(letters.count) are left\"", ["letter"]),
        ("func take(_ a: Int)", ["take"]),
        ("func takeOver()", []),
        ("take(1)", []),
        ("isBack()", ["isBack"]),
        ("func anEdgeIsBack()", []),
        ("\"cachesync_worker_parked_records\"", []),
        ("\"cachesync_worker_parked\"", ["park"]),
        ("HTTPDesk()", ["desk"]),
    ])
    func wordsAreFound(line: String, expected: [String]) {
        #expect(Self.rules("// A file.\n\(line)\n") == expected, "\(line)")
    }

    @Test(arguments: [
        ("try! run()", ["try!"]),
        ("// try! is banned", []),
        ("fatalError(\"x\")", ["fatalError"]),
        ("client.fatalError", []),
        ("let a = \"fatalError(\"", []),
        (String(repeating: "x", count: 121), ["lineLength"]),
        (String(repeating: "x", count: 120), []),
        ("// https://a.example/" + String(repeating: "x", count: 120), []),
    ])
    func linesAreChecked(line: String, expected: [String]) {
        #expect(Self.rules("// A file.\n\(line)\n") == expected, "\(line)")
    }

    @Test(arguments: [(68, []), (69, ["functionLength"])])
    func functionsAreMeasured(lines: Int, expected: [String]) {
        let body = String(repeating: "    a()\n", count: lines)
        #expect(Self.rules("// A file.\nfunc f() {\n\(body)}\n") == expected)
        #expect(Self.rules("// A file.\ninit() {\n\(body)}\n") == expected)
        #expect(Self.rules("// A file.\nstruct S {\n\(body)}\n") == [])
    }

    @Test(arguments: [
        ("import A\n\n/// A type.\nstruct S {}\n", []),
        ("// A file.\nimport A\n", []),
        ("import A\n\nstruct S {}\n", ["firstLine"]),
        ("/// One two three four five six seven eight nine ten eleven\n/// a b c d e. More.\n", ["firstSentence"]),
    ])
    func firstLinesAreRead(text: String, expected: [String]) {
        #expect(Self.rules(text) == expected, "\(text)")
    }

    @Test(arguments: [
        ("let a = \"b\" + c // d", "let a = \" \" + c     "),
        ("\"x \\(y(\"z\")) w\"", "\"    y(\" \")   \""),
        ("/* a /* b */ c */ d", "                  d"),
        ("#\"a \" b\"# + c", "#\"     \"# + c"),
        ("\"\\\"\" + a", "\"  \" + a"),
    ])
    func commentsAndStringsAreBlanked(source: String, expected: String) {
        #expect(String(decoding: SwiftMask(Array(source.utf8)).code, as: UTF8.self) == expected)
    }

    @Test func unusedDeclarationsAndFilesAreFound() {
        let used = SourceFile(
            path: "a.swift", text: "struct A { private func lost() {}; func f() { B() } }\nlet x = A()")
        let other = SourceFile(
            path: "b.swift", text: "struct B {}\nextension B: Hashable {}\nfunc g() { x.f(); lost() }\n")
        let alone = SourceFile(path: "c.swift", text: "// Nothing.\n")
        let tests = SourceFile(path: "t.swift", text: "struct T { @Test(1) func isRun() { g() } }\n")
        let found = Declarations([used, other, alone, tests]).findings.map { "\($0.path) \($0.rule)" }
        #expect(found == ["a.swift unusedDeclaration", "c.swift unusedFile"])
    }

    @Test func filesThatNobodyNamesAreFound() {
        let files = [
            SourceFile(path: "README.md", text: "see a.sh"), SourceFile(path: "x/a.sh", text: "README.md"),
            SourceFile(path: "x/b.sh", text: ""),
        ]
        #expect(OtherFiles.findings(files).map(\.path) == ["x/b.sh"])
    }

    @Test func anExceptionCoversItsFolderAndMustExcuse() {
        let file = SourceFile(path: "Sources/A/B.swift", text: "// A desk.\n")
        let checker = Checker(
            [file], words: BannedWords.all, wireNames: [],
            allowed: [Allowed("Sources/A", "desk take", "a reason"), Allowed("Sources/AB", "desk", "a reason")])
        #expect(checker.violations.map(\.rule) == ["unusedFile"])
        #expect(checker.stale == ["Sources/A: delete take", "Sources/AB: delete desk"])
    }
}
