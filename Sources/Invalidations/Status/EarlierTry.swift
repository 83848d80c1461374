/// Earlier try of one edge or of a whole request: a later generation has outranked it.
public struct EarlierTry: Hashable, Sendable {
    /// The edge's name; nil for the request as a whole.
    public let edge: String?
    public let cell: StatusRecord.Cell
    /// Why that try did not end better; nil where nothing was told.
    public let failure: EdgeFailure?

    public init(edge: String?, cell: StatusRecord.Cell, failure: EdgeFailure?) {
        self.edge = edge
        self.cell = cell
        self.failure = failure
    }

    /// The failure of a request as a whole. It says nothing of attempts.
    init(_ whole: StatusRecord.WholeFailure) {
        self.init(
            edge: nil, cell: StatusRecord.Cell(generation: whole.generation, state: .dead),
            failure: EdgeFailure(
                failureClass: whole.failure.failureClass, message: whole.failure.message, attempts: 0))
    }

    func isOfSameTry(as other: EarlierTry) -> Bool {
        edge == other.edge && cell.generation == other.cell.generation
    }

    /// By edge, the request as a whole first; of one edge the later generation first.
    func precedes(_ other: EarlierTry) -> Bool {
        if edge != other.edge { return edge.map { $0 < other.edge ?? "" } ?? true }
        return cell.generation > other.cell.generation
    }

    /// Whether of two reports about the same try this one counts less.
    func isOutranked(by other: EarlierTry) -> Bool {
        if cell != other.cell { return cell < other.cell }
        guard let failure else { return other.failure != nil }
        return other.failure.map { failure < $0 } ?? false
    }
}

extension StatusRecord {
    /// All that was tried before, the latest generation first.
    public var earlierTries: [EarlierTry] {
        guard !earlier.isEmpty || wholeFailure != nil else { return [] }
        var tries = earlier
        // Outranked by the cells of a later generation, a whole failure is history, too.
        if let wholeFailure, failure == nil { tries.append(EarlierTry(wholeFailure)) }
        return tries.sorted { a, b in
            a.cell.generation != b.cell.generation ? a.cell.generation > b.cell.generation : a.precedes(b)
        }
    }
}
