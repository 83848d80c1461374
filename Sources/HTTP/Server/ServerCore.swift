import CMicrohttpd
import Runtime
import Synchronization

/// What the library's callbacks work on: it outlives the daemon.
final class ServerCore: Sendable {
    let configuration: HTTPServerConfiguration
    /// Requests that the handler has seen and the library has not done with.
    let openRequests = OpenCount()
    private let openConnections = OpenCount()
    private let handler: @Sendable (HTTPRequest, HTTPResponder) -> Void
    private let connections = Mutex<[ObjectIdentifier: ServerConnection]>([:])
    /// Of TLS, the newest last. A connection that ends may still read its own, so some are kept longer than needed.
    private let certificates = Mutex<[ServerCertificate]>([])
    private static let certificatesKept = 16
    /// Of all requests that are not done.
    private let bodyBytes = Atomic(0)
    private let isQuiescing = Atomic(false)
    private let isStopping = Atomic(false)
    /// What the library says while it starts, for the error.
    private let startMessages = Mutex<[String]?>([])

    private let stopping: HTTPResponse
    private let dropped: HTTPResponse
    private let unsendable: HTTPResponse

    init(_ configuration: HTTPServerConfiguration, handler: @escaping @Sendable (HTTPRequest, HTTPResponder) -> Void) {
        self.configuration = configuration
        self.handler = handler
        func problem(_ status: Int, _ detail: String) -> HTTPResponse {
            .problem(ProblemDocument(status: status, detail: detail, type: configuration.problemType(status)))
        }
        stopping = problem(503, "The server is stopping.").with("Connection", "close").with("Retry-After", "1")
        dropped = problem(500, "The request was dropped without an answer.")
        unsendable = problem(500, "The answer could not be sent.")
    }

    // MARK: Life of the server

    func log(_ message: String) {
        let isStarting = startMessages.withLock { messages in
            messages?.append(message)
            return messages != nil
        }
        if !isStarting { configuration.onMessage?(message) }
    }

    /// The complaints of the start; from now on they go to `onMessage`.
    func endStart() -> [String] {
        startMessages.withLock { messages in
            defer { messages = nil }
            return messages ?? []
        }
    }

    /// The library's own way of quiescing races with its threads and aborts the process (seen in 0.9.75).
    var isAccepting: Bool { !isQuiescing.load(ordering: .relaxed) }

    func quiesce() {
        isQuiescing.store(true, ordering: .relaxed)
    }

    /// Afterwards no connection is suspended, and none will be: requests are registered with their connection
    /// before they look at the flag, so each is met here or sees it.
    func concludeAll() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        for connection in allConnections { connection.exchange?.conclude(with: stopping) }
    }

    /// Breaks all connections off and waits for their end. The library must have none when it is stopped: one whose
    /// request it refuses at that moment makes it follow a null pointer (seen in 0.9.75).
    func closeAll(within time: Duration) {
        let end = MonotonicTime.now() + time
        repeat {
            for connection in allConnections { connection.abort() }
        } while !openConnections.waitForNone(within: .milliseconds(50)) && MonotonicTime.now() < end
    }

    var allConnections: [ServerConnection] { connections.withLock { Array($0.values) } }

    /// Breaks off what takes too long, and streams whose client has left.
    func sweep() {
        let now = MonotonicTime.now()
        var streaming: [ServerConnection] = []
        for connection in allConnections {
            if connection.isOverdue(at: now) { connection.abort() }
            if connection.exchange?.stream != nil { streaming.append(connection) }
        }
        for connection in ServerConnection.abandoned(streaming) { connection.exchange?.stream?.abort() }
    }

    /// The certificate of new connections; nil without TLS.
    var certificate: ServerCertificate? { certificates.withLock { $0.last } }

    /// For connections from now on.
    ///
    /// - Throws: `HTTPServerError` for one that can't be used; then nothing changes.
    func changeCertificate(_ tls: HTTPServerConfiguration.TLS) throws {
        guard let made = ServerCertificate(tls) else {
            throw HTTPServerError(description: "The certificate, its key or the authorities of clients can't be used.")
        }
        certificates.withLock { certificates in
            certificates.append(made)
            if certificates.count > Self.certificatesKept { certificates.removeFirst() }
        }
    }

    // MARK: Life of a connection

    /// Longest time between two requests, and from the connection to the first.
    private var pauseMax: Duration { max(configuration.requestTimeout, configuration.idleTimeout) }

    func opened(
        descriptor: Int32, remoteAddress: String, certificate: ServerCertificate?
    ) -> ServerConnection {
        let connection = ServerConnection(
            descriptor: descriptor, remoteAddress: remoteAddress, certificate: certificate,
            deadline: .now() + pauseMax)
        openConnections.begin()
        connections.withLock { $0[ObjectIdentifier(connection)] = connection }
        return connection
    }

    func closed(_ connection: ServerConnection) {
        connection.closed()
        connections.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(connection)) }
        openConnections.end()
    }

    // MARK: Life of a request

    func begin(_ exchange: Exchange) {
        exchange.connection.exchange = exchange
        exchange.connection.learnCertificate(of: exchange.library)
        exchange.connection.expect(by: exchange.started + configuration.requestTimeout)
        // Now: a target that takes up nearly all of a connection's memory leaves the library none for an answer.
        if configuration.tls == nil, let fault = targetFault(exchange) { refuse(exchange, fault) }
    }

    private func targetFault(_ exchange: Exchange) -> RequestFault? {
        guard exchange.target.utf8.count > configuration.targetBytesMax else { return nil }
        return RequestFault(414, "A target may have at most \(configuration.targetBytesMax) bytes.")
    }

    /// Adds a piece to the body.
    ///
    /// - Returns: false when the connection ends.
    func addPiece(_ piece: UnsafeRawBufferPointer, of exchange: Exchange) -> Bool {
        let (goesOn, fault) = exchange.reader.withLock { reader -> (Bool, RequestFault?) in
            if reader.isRefused { return (false, nil) }
            reader.bytesIn += piece.count
            guard bodyBytes.add(piece.count, ordering: .relaxed).newValue <= configuration.bodiesBytesMax else {
                return (false, .bodiesTooLarge)
            }
            let fault = reader.chunkFault(
                before: piece, bodyBytesMax: configuration.bodyBytesMax, bufferBytesMax: configuration.headerBytesMax)
            return (fault == nil && reader.append(piece, max: configuration.bodyBytesMax), fault)
        }
        if let fault { refuse(exchange, fault) }
        return goesOn
    }

    /// The request line and the header fields are there.
    ///
    /// - Returns: an answer that spares the body; nil where the body is awaited.
    func headersArrived(_ exchange: Exchange, fault: RequestFault?) -> HTTPResponse? {
        if let fault = headFault(exchange, fault) { return response(to: fault, exchange) }
        // An answer at this point costs the connection, so a request without a body is screened when it is there in
        // full, which it is a moment later.
        guard let screen = configuration.screen, exchange.reader.withLock({ $0.hasBody }) else { return nil }
        var request = request(of: exchange, body: [])
        let refusal = screen(&request)
        exchange.reader.withLock { $0.context = request.context }
        return refusal
    }

    private func response(to fault: RequestFault, _ exchange: Exchange) -> HTTPResponse {
        let response = fault.response(configuration.problemType)
        return configuration.refusal?(request(of: exchange, body: []), response) ?? response
    }

    private func request(of exchange: Exchange, body: [UInt8]) -> HTTPRequest {
        exchange.reader.withLock { reader in
            var request = HTTPRequest(
                method: reader.method, path: reader.path ?? "", target: exchange.target, query: reader.query,
                headers: reader.headers, body: body, remoteAddress: exchange.connection.remoteAddress)
            request.clientCertificate = exchange.connection.clientCertificate
            request.context = reader.context
            return request
        }
    }

    private func headFault(_ exchange: Exchange, _ fault: RequestFault?) -> RequestFault? {
        exchange.reader.withLock { reader in
            if let fault = fault ?? reader.framingFault(bodyBytesMax: configuration.bodyBytesMax) { return fault }
            if let fault = targetFault(exchange) { return fault }
            do throws(RequestFault) {
                let target = try RequestTarget(exchange.target, method: reader.method)
                reader.path = target.path
                reader.query = target.query
                return nil
            } catch {
                return error
            }
        }
    }

    /// The request is there in full: the handler's turn.
    func dispatch(_ exchange: Exchange) {
        let (body, isTooLarge, hasBody) = exchange.reader.withLock { reader in
            if case .tooLarge = reader.bodyState { return ([UInt8](), true, true) }
            return (reader.takeBody(), false, reader.hasBody)
        }
        if isTooLarge {
            let refusal = response(to: .bodyTooLarge(configuration.bodyBytesMax), exchange)
            _ = exchange.answer(.response(refusal))
            return
        }
        var request = request(of: exchange, body: body)
        if !hasBody, let refusal = configuration.screen?(&request) {
            _ = exchange.answer(.response(refusal))
            return
        }
        exchange.reader.withLock { $0.isDispatched = true }
        openRequests.begin()
        exchange.connection.expect(by: nil)
        if isStopping.load(ordering: .sequentiallyConsistent) {
            _ = exchange.answer(.response(stopping))
        } else {
            handler(request, HTTPResponder(exchange, dropped: dropped))
        }
    }

    /// The library keeps so many bytes for each stream, and uses them for clients that do not know chunks.
    private static let streamBlockBytes = 512

    /// Gives an answer to the library.
    func send(_ answer: Answer, for exchange: Exchange, on connection: LibraryConnection) -> MHD_Result {
        switch answer {
        case .response(let response):
            exchange.connection.expect(by: .now() + configuration.requestTimeout)
            return send(response, for: exchange, on: connection)
        case .stream(let buffer, let status, let headers):
            // A stream has no end by which to be sent: its buffer is its bound.
            exchange.connection.expect(by: nil)
            guard (200...599).contains(status), status != 204, status != 304,
                let made = LibraryResponse(stream: buffer, blockBytes: Self.streamBlockBytes)
            else { return .NO }
            let method = exchange.reader.withLock { reader in
                reader.status = status
                // A stream may stay for days, and nobody asks for the fields any more.
                (reader.headers, reader.query) = (HTTPHeaders(), [])
                return reader.method
            }
            // After the head alone the library would send the last chunk all the same.
            if method == "HEAD", !made.endByClosing() { return .NO }
            buffer.attach(to: connection)
            addHeaders(headers, to: made)
            return made.queue(status: status, on: connection)
        }
    }

    private func send(_ response: HTTPResponse, for exchange: Exchange, on connection: LibraryConnection) -> MHD_Result
    {
        guard (200...599).contains(response.status) else {
            log("A handler answered with status \(response.status); the client gets 500 instead.")
            return send(unsendable, for: exchange, on: connection)
        }
        let response = exchange.reader.withLock { reader in
            response.compressed(for: reader.headers, from: configuration.compressedBytesMin)
        }
        let hasBody = response.status != 204 && response.status != 304
        guard let made = LibraryResponse(body: hasBody ? response.body : []) else { return .NO }
        exchange.reader.withLock { reader in
            reader.status = response.status
            reader.bytesOut = hasBody && reader.method != "HEAD" ? response.body.count : 0
        }
        addHeaders(response.headers, to: made)
        return made.queue(status: response.status, on: connection)
    }

    private func addHeaders(_ headers: [(String, String)], to response: borrowing LibraryResponse) {
        for (name, value) in headers where !response.add(name, value) {
            log("The header field \(HTTPHeaders.sanitised(name)) cannot be sent.")
        }
        if isQuiescing.load(ordering: .relaxed) { _ = response.add("Connection", "close") }
    }

    /// The library has done with the request, whether it was answered or not.
    func completed(_ exchange: Exchange) {
        let stream = exchange.finish()
        let now = MonotonicTime.now()
        exchange.connection.exchange = nil
        exchange.connection.expect(by: now + pauseMax)
        let (access, isDispatched) = exchange.reader.withLock { reader in
            bodyBytes.subtract(reader.bytesIn, ordering: .relaxed)
            reader.bytesIn = 0
            let access = configuration.onAccess.map { _ in
                HTTPAccess(
                    method: reader.method, path: reader.path ?? exchange.target, status: reader.status,
                    duration: now - exchange.started, bytes: stream?.bytesOut ?? reader.bytesOut,
                    remoteAddress: exchange.connection.remoteAddress)
            }
            return (access, reader.isDispatched)
        }
        stream?.closed()
        if let access { configuration.onAccess?(access) }
        if isDispatched { openRequests.end() }
    }
}
