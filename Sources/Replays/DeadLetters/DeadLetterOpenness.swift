public import Invalidations

/// Openness of a dead letter: whether, and at which edges, nobody has tried it again.
public struct DeadLetterOpenness: Hashable, Sendable {
    public let isOpen: Bool
    /// The edges at which it is open; none for a dead letter of a request as a whole.
    public let edges: [String]

    public static let closed = DeadLetterOpenness(isOpen: false, edges: [])

    /// Of a dead letter that names edges.
    public init(edges: [String]) {
        (isOpen, self.edges) = (!edges.isEmpty, edges)
    }

    /// Of a dead letter of a request as a whole.
    public init(isOpen: Bool) {
        (self.isOpen, edges) = (isOpen, [])
    }

    /// As a view has kept it.
    public init(isOpen: Bool, edges: [String]) {
        (self.isOpen, self.edges) = (isOpen, edges)
    }
}

extension DeadLetterEntry {
    /// What the status of its request says of it.
    ///
    /// - Parameter record: nil where the view holds none: then nobody has purged it since.
    public func openness(by record: StatusRecord?) -> DeadLetterOpenness {
        edges.isEmpty
            ? DeadLetterOpenness(isOpen: isOpenAsWhole(by: record)) : DeadLetterOpenness(edges: openEdges(by: record))
    }

    /// What becomes of its openness when the status changes.
    ///
    /// What was closed stays so where the status is silent: a status that was removed after its time may begin anew,
    /// and tells of the edges alone that were tried again.
    public func openness(by record: StatusRecord, before: DeadLetterOpenness) -> DeadLetterOpenness {
        guard !edges.isEmpty else {
            return DeadLetterOpenness(isOpen: before.isOpen && isOpenAsWhole(by: record))
        }
        return DeadLetterOpenness(
            edges: openEdges(by: record).filter { record.cell(of: $0) != nil || before.edges.contains($0) })
    }

    /// The edges at which the status says that it is still a dead letter of this try.
    private func openEdges(by record: StatusRecord?) -> [String] {
        guard let record else { return edges }
        return edges.filter { edge in
            guard let cell = record.cell(of: edge) else { return true }
            return cell.state == .dead && cell.generation == generation
        }
    }

    /// Whether it is open as a whole: no edge was to get it, and no later try was begun.
    private func isOpenAsWhole(by record: StatusRecord?) -> Bool {
        guard let record else { return true }
        return record.wholeFailure?.generation ?? generation <= generation
            && record.cells.allSatisfy { $0.generation <= generation }
    }
}
