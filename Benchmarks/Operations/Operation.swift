import Glibc

/// A hot path whose instructions are counted: what is prepared for it, and the work itself.
struct Operation: Sendable {
    let name: String
    /// How often it is done while its instructions are counted.
    let count: Int
    /// Makes what the work needs. The work gets how often it is to be done.
    let prepare: @Sendable () throws -> (Int) throws -> Void

    /// Does the work between two marks, after so much of it as warms up caches, buffers and what is made lazily.
    func run() throws {
        let work = try prepare()
        try work(max(1, count / 4))
        markOperation()
        try work(count)
        markOperation()
    }
}

/// Tells the counting program that a part begins or ends: it knows this function of the C library by its name, and
/// nothing else here calls it.
private func markOperation() { _ = getppid() }
