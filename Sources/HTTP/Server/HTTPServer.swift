import CMicrohttpd
import Glibc
import Synchronization

/// An HTTP/1.1 server on libmicrohttpd's threads.
///
/// The handler is called on one of these threads, for each request that has arrived in full; it must not wait.
/// It answers at once, or keeps the responder and lets another thread answer later. What is not well-formed, too
/// large or too slow never reaches it.
public final class HTTPServer: Sendable {
    private struct Daemon: @unchecked Sendable {
        // The library's daemon may be used from any thread; one lock guards its end.
        let pointer: OpaquePointer
    }

    /// The port that is listened at.
    public let port: Int
    private let core: ServerCore
    private let sweeper: ConnectionSweeper
    private let daemon: Mutex<Daemon?>

    /// - Throws: `HTTPServerError` when the address cannot be bound or the certificate not used.
    public init(
        _ configuration: HTTPServerConfiguration,
        handler: @escaping @Sendable (HTTPRequest, HTTPResponder) -> Void
    ) throws {
        let core = ServerCore(configuration, handler: handler)
        if let tls = configuration.tls { try core.changeCertificate(tls) }
        let started = try Self.startDaemon(core)
        self.core = core
        port = Int(cs_http_port(started.pointer))
        daemon = Mutex(started)
        sweeper = ConnectionSweeper(core)
        sweeper.startThread()
    }

    deinit { stop() }

    /// Another certificate for connections from now on; those that are open keep theirs. For a server with TLS.
    ///
    /// - Throws: `HTTPServerError` for one that can't be used; then nothing changes.
    public func changeCertificate(_ tls: HTTPServerConfiguration.TLS) throws {
        guard core.configuration.tls != nil else { return }
        try core.changeCertificate(tls)
    }

    /// Serves no further connection: a new one is closed at once. Requests on open connections are served, and
    /// each answer closes its connection.
    public func quiesce() {
        core.quiesce()
    }

    /// Ends the server: what is open is answered with 503, and gets `stopDeadline` to be delivered. Streams end.
    ///
    /// Returns when nothing of the server runs any more. Not to be called from the handler.
    public func stop() {
        quiesce()
        core.concludeAll()
        core.openRequests.waitForNone(within: core.configuration.stopDeadline)
        core.closeAll(within: core.configuration.stopDeadline)
        sweeper.end()
        daemon.withLock { daemon in
            guard let ended = daemon else { return }
            MHD_stop_daemon(ended.pointer)
            daemon = nil
        }
    }

    private static func startDaemon(_ core: ServerCore) throws -> Daemon {
        let configuration = core.configuration
        let address = try SocketAddress(host: configuration.address, port: configuration.port)
        var options = cs_http_options()
        options.flags =
            MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue | MHD_USE_ERROR_LOG.rawValue
        options.port = UInt16(configuration.port)
        if address.isIPv6 { options.flags |= MHD_USE_IPv6.rawValue }
        if configuration.address == "::" { options.flags |= MHD_USE_DUAL_STACK.rawValue }
        if configuration.tls != nil { options.flags |= MHD_USE_TLS.rawValue }
        options.threads = UInt32(configuration.threads > 1 ? configuration.threads : 0)
        options.connections = UInt32(configuration.connectionLimit)
        options.connections_per_address = UInt32(configuration.perAddressLimit)
        options.idle_seconds = UInt32(max(1, (configuration.idleTimeout / .seconds(1)).rounded(.up)))
        options.backlog = 1024
        options.connection_memory = configuration.headerBytesMax
        core.installCallbacks(in: &options)
        let started = address.withPointer { address in
            options.address = address
            return startLibrary(&options, tls: configuration.tls)
        }
        let code = errno
        let messages = core.endStart()
        guard let started else {
            let reasons = messages.isEmpty ? [String(cString: strerror(code))] : messages
            throw HTTPServerError(
                description: "No server at \(configuration.address), port \(configuration.port): "
                    + reasons.joined(separator: " "))
        }
        return Daemon(pointer: started)
    }

    /// The library reads certificate and key while it starts, and not later: connections get theirs from the core.
    private static func startLibrary(
        _ options: inout cs_http_options, tls: HTTPServerConfiguration.TLS?
    ) -> OpaquePointer? {
        guard let tls else { return cs_http_start(&options) }
        return tls.certificate.withCString { certificate in
            tls.key.withCString { key in
                "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2".withCString { priorities in
                    (options.certificate, options.key, options.priorities) = (certificate, key, priorities)
                    return cs_http_start(&options)
                }
            }
        }
    }
}
