/// Rule: some other file names each file that is not Swift.
enum OtherFiles {
    static func findings(_ files: [SourceFile]) -> [Finding] {
        files.filter { $0.code == nil }.compactMap { file in
            // An exception that names a file does not use it.
            let isNamed = files.contains {
                $0.path != file.path && !$0.path.hasPrefix("Tests/TidyTests/") && $0.text.contains(file.name)
            }
            if isNamed { return nil }
            return Finding(path: file.path, line: 1, rule: "unusedFile", message: "no other file names it")
        }
    }
}
