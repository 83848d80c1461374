/// `cachesync-bench operations`: what its words ask for.
struct OperationsCommand {
    let words: [String]

    /// - Returns: the exit code: 0 for fine, 1 for a regression, 75 where it can't be said here.
    func run() throws -> Int32 {
        if words.contains(InstructionCounter.countedWord) {
            for operation in HotPaths.all { try operation.run() }
            return 0
        }
        if let reason = InstructionCounter.missing {
            print("skipped: \(reason)")
            return 75
        }
        guard words.contains("renew") else { return try OperationsCheck().run() }
        try OperationsCheck().renew()
        return 0
    }
}
