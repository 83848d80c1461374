/// Statements that go to the server together, in one round trip.
///
/// Each is prepared when a connection meets it for the first time. When one fails, those behind it are not run.
public struct PostgresPipeline: Sendable {
    struct Step: Sendable {
        let sql: String
        let parameters: [PostgresParameter]
    }

    private(set) var steps: [Step] = []

    public init() {}

    public var isEmpty: Bool { steps.isEmpty }

    /// - Parameters:
    ///   - sql: one statement. Values belong into its parameters, `$1` and so on: each text is prepared once.
    ///   - parameters: of the same kinds each time.
    /// - Returns: which of the results will be this statement's.
    @discardableResult
    public mutating func add(_ sql: String, _ parameters: [PostgresParameter] = []) -> Int {
        steps.append(Step(sql: sql, parameters: parameters))
        return steps.count - 1
    }
}
