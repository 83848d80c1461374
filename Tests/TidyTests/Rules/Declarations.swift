/// Rules over all files: declarations and files that nobody uses, as far as text can tell.
struct Declarations {
    private struct Declaration {
        var name: String
        var line: Int
        var isPrivate: Bool
    }

    /// The standard library, Foundation or the compiler calls these.
    private static let calledFromOutside: Set<String> = [
        "description", "debugDescription", "errorDescription", "hash", "encode", "next", "makeIterator", "main",
        "rawValue", "allCases", "stringValue", "intValue", "dynamicMember", "callAsFunction", "package",
    ]
    private static let keywords: Set<String> = [
        "func", "var", "let", "struct", "class", "enum", "actor", "protocol", "typealias",
    ]

    private let files: [SourceFile]
    private var declared: [String: [Declaration]] = [:]
    private var counts: [String: [String: Int]] = [:]
    private var total: [String: Int] = [:]

    init(_ files: [SourceFile]) {
        self.files = files.filter { $0.code != nil }
        for file in self.files {
            guard let code = file.code else { continue }
            let identifiers = code.identifiers
            var count: [String: Int] = [:]
            for (text, _) in identifiers {
                count[text, default: 0] += 1
                total[text, default: 0] += 1
            }
            counts[file.path] = count
            declared[file.path] = Self.declarations(code, identifiers)
        }
    }

    var findings: [Finding] { files.flatMap { unusedDeclarations($0) + unusedFile($0) } }

    private func unusedDeclarations(_ file: SourceFile) -> [Finding] {
        (declared[file.path] ?? []).compactMap { declaration in
            let uses = declaration.isPrivate ? counts[file.path]?[declaration.name] : total[declaration.name]
            guard uses == 1, !Self.calledFromOutside.contains(declaration.name) else { return nil }
            return Finding(
                path: file.path, line: declaration.line, rule: "unusedDeclaration",
                message: "\(declaration.name) occurs nowhere else")
        }
    }

    private func unusedFile(_ file: SourceFile) -> [Finding] {
        if file.name == "main.swift" || file.name == "Package.swift" || file.text.contains("@Test") { return [] }
        guard let code = file.code else { return [] }
        let names = Set((declared[file.path] ?? []).map(\.name))
        let isEmpty = code.bytes.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        let isUsed = names.contains { total[$0] != counts[file.path]?[$0] }
        // A conformance alone declares no name, and is used through its type.
        guard isEmpty || !names.isEmpty && !isUsed else { return [] }
        return [Finding(path: file.path, line: 1, rule: "unusedFile", message: "no other file names what it declares")]
    }

    private static func declarations(
        _ code: SwiftCode, _ identifiers: [(text: String, offset: Int)]
    ) -> [Declaration] {
        var found: [Declaration] = []
        var isTest = false
        var isPrivate = false
        for (index, (text, offset)) in identifiers.enumerated() {
            let before = offset > 0 ? code.bytes[offset - 1] : 0
            if before == UInt8(ascii: "@"), ["Test", "Suite"].contains(text) { isTest = true }
            if ["private", "fileprivate"].contains(text), !isSetter(code, offset + text.utf8.count) {
                isPrivate = true
            }
            if ["init", "subscript", "extension"].contains(text) { isPrivate = false }
            guard keywords.contains(text), index + 1 < identifiers.count, before != UInt8(ascii: ".") else { continue }
            let (name, start) = identifiers[index + 1]
            let gap = code.bytes[(offset + text.utf8.count)..<start]
            // Operators, tuples and labels that are keywords declare no name.
            guard gap.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "`") }), !keywords.contains(name)
            else { continue }
            let isSuite = text == "struct" && holdsTests(code, offset)
            if !isTest, !isSuite, name != "_" {
                found.append(Declaration(name: name, line: code.line(at: offset), isPrivate: isPrivate))
            }
            isTest = false
            isPrivate = false
        }
        return found
    }

    /// `private(set)` says nothing of who reads.
    private static func isSetter(_ code: SwiftCode, _ end: Int) -> Bool {
        end < code.bytes.count && code.bytes[end] == UInt8(ascii: "(")
    }

    private static func holdsTests(_ code: SwiftCode, _ offset: Int) -> Bool {
        guard let open = code.firstBrace(from: offset), let close = code.closing(open) else { return false }
        return String(decoding: code.bytes[open..<close], as: UTF8.self).contains("@Test")
    }
}
