/// One connection to PostgreSQL, within bounds of time.
///
/// Not `Sendable`: one thread at a time uses it. A connection that was lost stays lost: each call fails with
/// `inputOutput`, and the owner makes a new one. All errors are `StorageError`s, but for what a caller's closure
/// throws.
public final class PostgresConnection {
    public struct Options: Sendable {
        /// The schema whose tables are meant: lower-case letters, digits and `_`.
        public var schemaName = "public"
        /// How long each of the server's addresses may take to answer.
        public var connectTimeout = Duration.seconds(5)
        /// How long one statement may take.
        public var statementTimeout = Duration.seconds(10)
        /// How much longer than for a statement the server's silence is borne, before the connection is given up.
        public var silenceMargin = Duration.seconds(5)
        /// How long a statement may wait for another connection's lock.
        public var lockTimeout = Duration.seconds(5)
        /// `off` has the server answer before the commit is on its disk: a crash of the server may take back the last
        /// ones, and leaves all others as they were.
        public var isSynchronous = true
        /// What the server calls the connection in its own lists.
        public var applicationName = "cachesync"

        public init() {}
    }

    /// More statements are parsed for each run.
    private static let preparedMax = 200

    let handle: PostgresHandle
    public let schemaName: String
    private var preparedNames: [String: String] = [:]
    private var namesGiven = 0
    private var isInTransaction = false

    public init(_ address: PostgresAddress, options: Options = Options()) throws(StorageError) {
        guard Self.isPlainName(options.schemaName) else {
            throw .cannotOpen(
                "a schema's name has lower-case letters, digits and _: \"\(options.schemaName)\" is none")
        }
        schemaName = options.schemaName
        handle = try PostgresHandle(
            address, Self.settings(options), silenceMax: options.statementTimeout + options.silenceMargin)
        let milliseconds = { (time: Duration) in max(1, Int64(time / .milliseconds(1))) }
        // A schema that is not there yet may be named. Not at start-up: poolers refuse settings there. The server,
        // too, finds out soon that the other side is gone, and gives its locks free.
        try execute(
            """
            SET statement_timeout = \(milliseconds(options.statementTimeout));
            SET lock_timeout = \(milliseconds(options.lockTimeout));
            SET idle_in_transaction_session_timeout = \(milliseconds(options.statementTimeout + options.silenceMargin));
            SET synchronous_commit = \(options.isSynchronous ? "on" : "off");
            SET search_path = \(schemaName);
            SET tcp_keepalives_idle = 5;
            SET tcp_keepalives_interval = 3;
            SET tcp_keepalives_count = 3
            """)
    }

    /// False for one that was lost.
    public var isUsable: Bool { handle.lost == nil }

    /// Runs statements that have no parameters and whose rows do not matter.
    public func execute(_ sql: String) throws(StorageError) {
        if let lost = handle.lost { throw lost }
        try checkText(sql)
        try handle.send(sql)
        var error: StorageError?
        while let result = try handle.nextResult() { error = error ?? result.error(handle.address) }
        if let error { throw error }
    }

    /// Runs one statement.
    @discardableResult
    public func run(_ sql: String, _ parameters: [PostgresParameter] = []) throws(StorageError) -> PostgresResult {
        var pipeline = PostgresPipeline()
        pipeline.add(sql, parameters)
        return try run(pipeline)[0]
    }

    /// Runs the statements in one round trip, and as one transaction where none is open.
    ///
    /// - Returns: as many results as there are statements.
    /// - Throws: the error of the first statement that failed. None has taken effect then.
    @discardableResult
    public func run(_ pipeline: PostgresPipeline) throws(StorageError) -> [PostgresResult] {
        if let lost = handle.lost { throw lost }
        guard !pipeline.isEmpty else { return [] }
        for step in pipeline.steps { try checkText(step.sql) }
        let answers: (results: [PostgresResult], error: StorageError?)
        do throws(StorageError) {
            answers = try exchange(pipeline)
        } catch {
            // Half of it is sent, or half of it answered.
            _ = handle.lose("\(error)")
            throw error
        }
        if let error = answers.error { throw error }
        return answers.results
    }

    /// Holds a lock of that name until the connection ends, in this database.
    ///
    /// - Throws: `locked` while another connection has it.
    public func lock(_ name: String) throws(StorageError) {
        guard try integer("SELECT pg_try_advisory_lock(hashtext($1))", [.text(name)]) == 1 else {
            throw .locked("\(handle.address): another connection holds the lock \(name)")
        }
    }

    /// The first column of the first row as a number; nil without a row.
    public func integer(_ sql: String, _ parameters: [PostgresParameter] = []) throws(StorageError) -> Int64? {
        try run(sql, parameters).firstRow { $0.integer(0) }
    }

    /// How a transaction begins.
    public enum Isolation: String, Sendable {
        /// Each statement sees what is committed when it begins.
        case write = "BEGIN ISOLATION LEVEL READ COMMITTED"
        /// All statements see one state.
        case snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    }

    /// Runs `body` in a transaction; takes everything back if `body` throws or the commit fails.
    ///
    /// After `inputOutput` it is not known whether the commit took effect.
    public func transaction<R>(
        _ isolation: Isolation = .write, _ body: (PostgresTransaction) throws -> R
    ) throws -> R {
        precondition(!isInTransaction, "transactions do not nest")
        isInTransaction = true
        defer { isInTransaction = false }
        let transaction = PostgresTransaction(self, isolation)
        do {
            let result = try body(transaction)
            try transaction.finish()
            return result
        } catch {
            transaction.end()
            if handle.lost == nil, handle.isInTransaction { try execute("ROLLBACK") }
            throw error
        }
    }

    /// Waits longer for the server's answers while `body` runs.
    func withPatience<R>(_ silenceMax: Duration, _ body: () throws -> R) rethrows -> R {
        let usual = handle.silenceMax
        handle.silenceMax = silenceMax
        defer { handle.silenceMax = usual }
        return try body()
    }

    /// C would end the text at a NUL, and run half of it.
    private func checkText(_ sql: String) throws(StorageError) {
        guard !sql.utf8.contains(0) else { throw .other(code: "42601", "\(handle.address): NUL in a statement") }
    }

    private func exchange(
        _ pipeline: PostgresPipeline
    ) throws(StorageError) -> (results: [PostgresResult], error: StorageError?) {
        try handle.enterPipeline()
        var isPreparing: [Bool] = []
        var names: [String: String] = [:]
        for step in pipeline.steps {
            var name = preparedNames[step.sql] ?? names[step.sql]
            isPreparing.append(name == nil && preparedNames.count + names.count < Self.preparedMax)
            if isPreparing.last == true {
                // Never one that was tried before: it is not known of all whether the server has them.
                let fresh = "s\(namesGiven)"
                namesGiven += 1
                try handle.prepare(fresh, step)
                names[step.sql] = fresh
                name = fresh
            }
            try handle.send(step, as: name)
        }
        try handle.sync()
        let answers = try answers(to: pipeline, isPreparing, names)
        try handle.exitPipeline()
        return answers
    }

    private func answers(
        to pipeline: PostgresPipeline, _ isPreparing: [Bool], _ names: [String: String]
    ) throws(StorageError) -> (results: [PostgresResult], error: StorageError?) {
        var results: [PostgresResult] = []
        var error: StorageError?
        func add(_ result: PostgresResult) {
            // Behind an error each answer says no more than that.
            if error == nil { error = result.error(handle.address) }
        }
        for (step, isPreparing) in zip(pipeline.steps, isPreparing) {
            if isPreparing {
                let result = try expectResult()
                add(result)
                // Prepared statements outlive a transaction that is taken back.
                if result.error(handle.address) == nil { preparedNames[step.sql] = names[step.sql] }
            }
            let result = try expectResult()
            add(result)
            results.append(result)
        }
        // The server's word that all is answered.
        guard let end = try handle.nextResult(), end.isSync else { throw handle.lose("answers out of order") }
        return (results, error)
    }

    /// The one answer of a statement.
    private func expectResult() throws(StorageError) -> PostgresResult {
        guard let result = try handle.nextResult(), !result.isSync else { throw handle.lose("answers out of order") }
        while let more = try handle.nextResult() {
            guard !more.isSync else { throw handle.lose("answers out of order") }
        }
        return result
    }

    /// What libpq is told, but for what the address says itself.
    private static func settings(_ options: Options) -> [String: String] {
        let seconds = Int64(options.connectTimeout / .seconds(1))
        return [
            // Less than two seconds count as two.
            "connect_timeout": String(max(2, seconds)),
            "client_encoding": "UTF8",
            "fallback_application_name": options.applicationName,
            // A server that is gone without a word is found out within a quarter of a minute.
            "keepalives": "1", "keepalives_idle": "5", "keepalives_interval": "3", "keepalives_count": "3",
            "tcp_user_timeout": "15000",
            // Kerberos is asked for only by those who want it: looking for its tickets takes time.
            "gssencmode": "disable",
        ]
    }

    private static func isPlainName(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        return isPlain && name.utf8.count <= 63 && name.first.map { !$0.isNumber } == true
    }
}
