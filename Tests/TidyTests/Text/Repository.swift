import Foundation

/// The repository's text files, read once.
struct Repository {
    static let shared = Repository()

    let files: [SourceFile]

    private static let roots = [
        "Sources", "Tests", "Topics", "Benchmarks", "Examples", ".ci", ".docker",
        "README.md", "Package.swift", "Makefile", "docker-compose.yml", ".dockerignore",
    ]

    private init() {
        // Tests/TidyTests/Text/Repository.swift
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let base = root.path
        files = Self.roots.flatMap { Self.paths(base, $0) }.sorted().compactMap { path in
            // What is no text is not looked at.
            guard let data = FileManager.default.contents(atPath: "\(base)/\(path)"),
                let text = String(bytes: data, encoding: .utf8)
            else { return nil }
            return SourceFile(path: path, text: text)
        }
    }

    private static func paths(_ base: String, _ root: String) -> [String] {
        let full = "\(base)/\(root)"
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: full, isDirectory: &isDirectory) else { return [] }
        if !isDirectory.boolValue { return [root] }
        let names = (FileManager.default.enumerator(atPath: full)?.allObjects as? [String]) ?? []
        return names.map { "\(root)/\($0)" }.filter { path in
            var isDirectory: ObjCBool = false
            // Hidden files and Python's cache are left behind by tools.
            return !path.contains("/.") && !path.contains("__pycache__")
                && FileManager.default.fileExists(atPath: "\(base)/\(path)", isDirectory: &isDirectory)
                && !isDirectory.boolValue
        }
    }
}
