/// A transaction that runs: what its owner asks and stores in it.
///
/// Its beginning travels with the first statements and its end, if the owner says so, with the last ones: a
/// transaction that asks once and stores once costs two round trips. Not to be used after the closure it is handed to.
public final class PostgresTransaction {
    private enum State { case new, begun, over }

    private let connection: PostgresConnection
    private let isolation: PostgresConnection.Isolation
    private var state = State.new

    init(_ connection: PostgresConnection, _ isolation: PostgresConnection.Isolation) {
        self.connection = connection
        self.isolation = isolation
    }

    /// Runs the statements in one round trip. After an error the transaction can only be taken back.
    @discardableResult
    public func run(_ pipeline: PostgresPipeline) throws -> [PostgresResult] {
        try run(pipeline, isLast: false)
    }

    /// Runs the statements and commits, in one round trip. Nothing may be asked afterwards.
    @discardableResult
    public func commit(_ pipeline: PostgresPipeline) throws -> [PostgresResult] {
        try run(pipeline, isLast: true)
    }

    @discardableResult
    public func run(_ sql: String, _ parameters: [PostgresParameter] = []) throws -> PostgresResult {
        var pipeline = PostgresPipeline()
        pipeline.add(sql, parameters)
        return try run(pipeline)[0]
    }

    /// Runs statements that have no parameters and whose rows do not matter.
    public func execute(_ sql: String) throws {
        if state == .new { try run(PostgresPipeline()) }
        try connection.execute(sql)
    }

    /// Commits what is not committed yet.
    func finish() throws {
        if state == .begun { try commit(PostgresPipeline()) }
        state = .over
    }

    func end() {
        state = .over
    }

    private func run(_ steps: PostgresPipeline, isLast: Bool) throws -> [PostgresResult] {
        precondition(state != .over, "the transaction is over")
        var pipeline = PostgresPipeline()
        let isFirst = state == .new
        if isFirst { pipeline.add(isolation.rawValue) }
        for step in steps.steps { pipeline.add(step.sql, step.parameters) }
        if isLast { pipeline.add("COMMIT") }
        state = .begun
        let results = try connection.run(pipeline)
        if isLast {
            state = .over
            // Somebody has gone on after an error, which the server answers by taking everything back.
            guard results.last?.command == "COMMIT" else {
                throw StorageError.other(code: "25P02", "the transaction was taken back: a statement in it had failed")
            }
        }
        return Array(results.dropFirst(isFirst ? 1 : 0).dropLast(isLast ? 1 : 0))
    }
}
