import Runtime
import TestSupport
import Testing

/// Tests of the YAML reader.
struct YAMLReaderTests {
    private func parse(_ text: String, limits: YAMLLimits = YAMLLimits()) throws -> YAMLNode? {
        try YAMLReader.parse(Array(text.utf8), fileName: "test.yaml", limits: limits)
    }

    @Test func keepsKindsAndLines() throws {
        let text = """
            # a comment
            kafka:
              brokers: [a:1, "b:2"]
              password: ~
            empty:
            quoted: ""
            text: |
              two
              lines
            """
        let root = try #require(try parse(text))
        #expect(root.line == 2)
        #expect(
            root["kafka"]?["brokers"] == .sequence([.scalar("a:1", line: 3), .scalar("b:2", line: 3)], line: 3))
        #expect(root["kafka"]?["password"] == .null(line: 4))
        #expect(root["empty"]?.line == 5)
        #expect(root["quoted"] == .scalar("", line: 6))
        #expect(root["text"] == .scalar("two\nlines", line: 7))
        #expect(root["absent"] == nil)
    }

    @Test(arguments: ["", "\n\n", "# only a comment\n", "---\n", "~\n", "null"])
    func emptyDocumentsHoldNothing(_ text: String) throws {
        #expect(try parse(text) == nil)
    }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3", "test.yaml:3: \"a\" is already set in line 1; remove one of the two"),
        ("a: &x 1", "test.yaml:1: anchors (&name) are not supported; write the value where it is used"),
        ("a: [&x 1]", "test.yaml:1: anchors (&name) are not supported; write the value where it is used"),
        ("a: 1\nb: *x", "test.yaml:2: aliases (*name) are not supported; write the value where it is used"),
        ("a: 1\n<<: {b: 1}", "test.yaml:2: merge keys (<<) are not supported; write the values where they are used"),
        ("a: !!str 1", "test.yaml:1: tags (!name) are not supported; write the value without it"),
        ("a: 1\n---\nb: 2", "test.yaml:2: a second document begins here; keep one document per file"),
        ("[a]: 1", "test.yaml:1: a key must be a name, not a list; quote it if it is meant as text"),
        ("a: 1\n~: 2", "test.yaml:2: a key must be a name, not nothing; quote it if it is meant as text"),
    ])
    func refusesWhatSurprises(_ text: String, _ message: String) {
        let error = #expect(throws: ConfigurationError.self) { try parse(text) }
        #expect(error?.description == message)
        #expect(error?.exitCode == .configuration)
    }

    @Test(arguments: [
        ("a: 1\n  b: 2", 2), ("a: [1, 2", 1), ("a: \"open", 1), ("a:\n\t- b", 2), ("a: 1\nb: @x", 2),
        ("%YAML 9.9\n---\na", 1),
        ("a: b: c", 1),
    ])
    func namesTheLineOfASyntaxError(_ text: String, _ line: Int) {
        let error = #expect(throws: ConfigurationError.self) { try parse(text) }
        // libyaml notices what is left open only at the end.
        guard case .file("test.yaml", let found)? = error?.origin else {
            Issue.record("no line in \(String(describing: error))")
            return
        }
        #expect(found >= line && found <= line + 1)
        #expect(error?.problem.hasPrefix("is not YAML") == true)
    }

    @Test func refusesBytesThatAreNotText() {
        let latin = #expect(throws: ConfigurationError.self) {
            try YAMLReader.parse(Array("a: 1\nb: ".utf8) + [0xE9, 0x0A], fileName: "test.yaml")
        }
        #expect(latin?.description.hasPrefix("test.yaml:2: is not UTF-8 text") == true)
        let zero = #expect(throws: ConfigurationError.self) { try parse("a: \0") }
        #expect(zero?.description == "test.yaml: is not text: it holds zero bytes")
    }

    @Test func isBounded() throws {
        var limits = YAMLLimits()
        limits.bytesMax = 100
        #expect(throws: ConfigurationError.self) { try parse(String(repeating: " ", count: 101), limits: limits) }
        let deep = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        #expect(try parse(deep(32)) != nil)
        let tooDeep = #expect(throws: ConfigurationError.self) { try parse(deep(33)) }
        #expect(tooDeep?.problem == "nested deeper than 32 levels")
        #expect(throws: ConfigurationError.self) { try parse(String(repeating: "[", count: 1 << 20)) }
        #expect(throws: ConfigurationError.self) { try parse(String(repeating: "? ", count: 1 << 18)) }
        let many = #expect(throws: ConfigurationError.self) { try parse(String(repeating: "- a\n", count: 100_000)) }
        #expect(many?.description == "test.yaml:100000: more than 100000 values")
    }

    @Test func readsOnlyRegularFilesOfBoundedSize() throws {
        let directory = try TemporaryDirectory("yaml")
        let path = try directory.write("a.yaml", "a: 1\n")
        #expect(try YAMLReader.load(path)?["a"] == .scalar("1", line: 1))
        let absent = #expect(throws: ConfigurationError.self) { try YAMLReader.load(directory.file("none.yaml")) }
        #expect(absent?.problem == "can't be opened: No such file or directory")
        let folder = #expect(throws: ConfigurationError.self) { try YAMLReader.load(directory.path) }
        #expect(folder?.problem == "is not a regular file")
        var limits = YAMLLimits()
        limits.bytesMax = 3
        #expect(throws: ConfigurationError.self) { try YAMLReader.load(path, limits: limits) }
    }

    /// Whatever the bytes: an answer or a `ConfigurationError`, never a crash.
    @Test(.timeLimit(.minutes(1))) func survivesRandomBytes() {
        var random = SeededGenerator.printed("random YAML")
        let pieces = [
            "a", "b:", " ", "\n", "- ", "[", "]", "{", "}", ",", "&x", "*x", "!t", "|", ">", "\"", "'", "#", "? ",
            "%", "---\n", "...\n", "\t", "~", "é", "\u{FEFF}", "\\x", "  ", ": ",
        ]
        for round in 0..<3_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                if round % 2 == 0 {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                } else {
                    bytes.append(contentsOf: pieces.randomElement(using: &random)!.utf8)
                }
            }
            do {
                _ = try YAMLReader.parse(bytes, fileName: "random.yaml")
            } catch {
                #expect(!error.problem.isEmpty)
            }
        }
    }
}
