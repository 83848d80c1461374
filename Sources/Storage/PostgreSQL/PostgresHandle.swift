internal import CPostgres
internal import Foundation

/// The C handle of a connection to PostgreSQL: sends, and waits for answers within a bound.
///
/// After an error of its own, and not of a statement, it is lost: the answer to a later statement could be that to an
/// earlier one.
final class PostgresHandle {
    let address: PostgresAddress
    private let handle: OpaquePointer
    /// How long the server may say nothing at all while answers are due.
    var silenceMax: Duration
    private(set) var lost: StorageError?

    init(_ address: PostgresAddress, _ settings: [String: String], silenceMax: Duration) throws(StorageError) {
        self.address = address
        self.silenceMax = silenceMax
        // What the address says counts more.
        let merged = settings.merging(address.parameters) { $1 }
        let names = merged.keys.sorted()
        guard
            let handle = Self.withCStrings(
                names,
                { names in
                    Self.withCStrings(names.strings.map { merged[$0] ?? "" }) { values in
                        PQconnectdbParams(names.pointers, values.pointers, 0)
                    }
                })
        else { throw .cannotOpen("\(address): no memory") }
        guard PQstatus(handle) == CONNECTION_OK else {
            let text = Self.message(handle)
            PQfinish(handle)
            throw .cannotOpen("\(address): \(address.redact(text))")
        }
        self.handle = handle
        // What the server wants to be noticed is for people at a terminal.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        guard PQsetnonblocking(handle, 1) == 0 else { throw lose() }
    }

    deinit {
        PQfinish(handle)
    }

    var isInTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }

    /// Remembers that the connection can't be used any more.
    ///
    /// - Parameter reason: nil for what libpq says.
    func lose(_ reason: String? = nil) -> StorageError {
        if let lost { return lost }
        let error = StorageError.inputOutput(
            "\(address): the connection is lost: \(reason ?? address.redact(Self.message(handle)))")
        lost = error
        return error
    }

    private func check(_ isSent: Int32) throws(StorageError) {
        guard isSent == 1 else { throw lose() }
    }

    /// Sends statements without parameters, with semicolons between them.
    func send(_ sql: String) throws(StorageError) {
        try check(PQsendQuery(handle, sql))
    }

    func enterPipeline() throws(StorageError) {
        try check(PQenterPipelineMode(handle))
    }

    func sync() throws(StorageError) {
        try check(PQpipelineSync(handle))
    }

    func exitPipeline() throws(StorageError) {
        try check(PQexitPipelineMode(handle))
    }

    func prepare(_ name: String, _ step: PostgresPipeline.Step) throws(StorageError) {
        let types = step.parameters.map(\.type)
        try check(PQsendPrepare(handle, name, step.sql, Int32(clamping: types.count), types))
    }

    /// - Parameter name: of the prepared statement; nil to have it parsed for this once.
    func send(_ step: PostgresPipeline.Step, as name: String?) throws(StorageError) {
        let values = try encode(step.parameters)
        let count = Int32(clamping: step.parameters.count)
        let isSent = values.bytes.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { chars in
                let pointers = values.offsets.map { offset in offset.flatMap { chars.baseAddress?.advanced(by: $0) } }
                // Everything in the binary form.
                let formats = [Int32](repeating: 1, count: step.parameters.count)
                guard let name else {
                    let types = step.parameters.map(\.type)
                    return PQsendQueryParams(
                        handle, step.sql, count, types, pointers, values.lengths, formats, 1)
                }
                return PQsendQueryPrepared(handle, name, count, pointers, values.lengths, formats, 1)
            }
        }
        try check(isSent)
    }

    /// The next answer; nil at the end of a statement's answers.
    func nextResult() throws(StorageError) -> PostgresResult? {
        try awaitAnswer()
        let result = PQgetResult(handle).map(PostgresResult.init)
        // The server says why it goes before it does.
        if PQstatus(handle) == CONNECTION_BAD { throw lose() }
        if let result, result.isCopy { throw lose("nothing is copied over this connection") }
        return result
    }

    private struct Values {
        /// Of all parameters, one behind another.
        var bytes: [UInt8] = []
        /// Nil for NULL.
        var offsets: [Int?] = []
        var lengths: [Int32] = []
    }

    private func encode(_ parameters: [PostgresParameter]) throws(StorageError) -> Values {
        var values = Values()
        for parameter in parameters {
            let start = values.bytes.count
            let isNull = !parameter.encode(into: &values.bytes)
            // The server has a bound of 1 GiB of its own.
            guard let length = Int32(exactly: values.bytes.count - start) else {
                throw .other(code: "54000", "\(address): a parameter of 2 GiB or more")
            }
            values.offsets.append(isNull ? nil : start)
            values.lengths.append(length)
        }
        // So that an empty value has an address, too: one without is NULL.
        values.bytes.append(0)
        return values
    }

    /// Sends what is not sent, until an answer can be read without waiting.
    private func awaitAnswer() throws(StorageError) {
        var deadline = ContinuousClock.now + silenceMax
        while PQisBusy(handle) == 1 {
            let unsent = PQflush(handle)
            guard unsent >= 0 else { throw lose() }
            // What the server has to say is read while it is sent to: it may wait for that before it reads on.
            let events = Int16(POLLIN) | (unsent == 1 ? Int16(POLLOUT) : 0)
            var descriptor = pollfd(fd: PQsocket(handle), events: events, revents: 0)
            let left = deadline - ContinuousClock.now
            guard left > .zero else { throw lose("no answer within \(silenceMax)") }
            let count = poll(&descriptor, 1, Int32(clamping: Int64(left / .milliseconds(1)) + 1))
            guard count >= 0 || errno == EINTR else { throw lose(String(cString: strerror(errno))) }
            guard count > 0 else { continue }
            if descriptor.revents & ~Int16(POLLOUT) != 0, PQconsumeInput(handle) == 0 { throw lose() }
            deadline = ContinuousClock.now + silenceMax
        }
    }

    /// What libpq says, on several lines where there are several hosts.
    private static func message(_ handle: OpaquePointer) -> String {
        String(cString: PQerrorMessage(handle)).split(separator: "\n").joined(separator: "; ")
    }

    private struct CStrings {
        let strings: [String]
        let pointers: [UnsafePointer<CChar>?]
    }

    /// Hands on the strings as C reads a list of them, with a NULL behind the last one.
    private static func withCStrings<R>(_ strings: [String], _ body: (CStrings) -> R) -> R {
        let copies = strings.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return body(CStrings(strings: strings, pointers: copies.map { UnsafePointer($0) } + [nil]))
    }
}
