/// Consequence queue: orders the consequences of settled parts, depth first.
///
/// Consequences that one of them adds come before those that waited already, in the order in which they were added. So
/// all that follows from one part is done before the next part's turn, and no consequence calls another one.
package struct ConsequenceQueue<Consequence> {
    /// The next one is the last.
    private var waiting: [Consequence] = []
    /// Since the last call of `next`, in their order.
    private var added: [Consequence] = []

    package init() {}

    package var isEmpty: Bool { waiting.isEmpty && added.isEmpty }

    @inline(__always)
    package mutating func append(_ consequence: Consequence) { added.append(consequence) }

    @inline(__always)
    package mutating func next() -> Consequence? {
        // Most parts have one consequence, the end of their record: it need not change the list.
        if added.count == 1 { return added.removeLast() }
        while let last = added.popLast() { waiting.append(last) }
        return waiting.popLast()
    }
}
