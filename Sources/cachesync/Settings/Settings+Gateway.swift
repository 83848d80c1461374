import Gateway
import HTTP
import Runtime

// Settings of the gateway, and of its clients.
extension Settings {
    /// Looks at the gateway's address before anything is started that would have to be stopped again.
    ///
    /// - Throws: `CommandError` that says what to change.
    func checkListenAddress() throws {
        try check(sources.hostPort("gateway.listen"), "a gateway", hint: "give --listen HOST:PORT (gateway.listen)")
    }

    /// The same of the address of a cache node.
    func checkCacheAddress() throws {
        try check(cacheListen(), "a cache node", hint: "give --cache HOST:PORT (cache.listen)")
    }

    private func check(_ listen: HostPort, _ listener: String, hint: String) throws {
        let problem: String
        switch ListenAddress.check(host: listen.host, port: listen.port) {
        case .free: return
        case .taken: problem = "another program listens at \(listen), perhaps \(listener) that runs already"
        case .unusable(let reason): problem = "\(listen) cannot be listened at: \(reason)"
        }
        throw CommandError(.unavailable, "\(problem); end it, or \(hint)")
    }

    /// Where commands find the gateway: `gateway.url`, or else the address that it listens at.
    ///
    /// - Returns: without a slash at its end.
    func gatewayURL() throws -> String {
        guard let given = try sources.optional("gateway.url") else {
            let listen = try sources.value("gateway.listen")
            return try url(listen.hostPort(), "gateway.listen", orElse: "gateway.url", flag: "--gateway")
        }
        return try url(given, of: "a gateway", example: "http://127.0.0.1:8080")
    }

    /// Where commands find a cache node: `cache.url`, or else the address that it listens at.
    func cacheURL() throws -> String {
        guard let given = try sources.optional("cache.url") else {
            return try url(cacheListen(), "cache.listen", orElse: "cache.url", flag: "--node")
        }
        return try url(given, of: "a cache node", example: "http://127.0.0.1:8090")
    }

    private func url(_ given: ConfigurationValue, of server: String, example: String) throws -> String {
        var url = given.text
        while url.hasSuffix("/") { url.removeLast() }
        if !url.contains("://") { url = "http://\(url)" }
        guard ["http://", "https://"].contains(where: url.lowercased().hasPrefix), !url.hasSuffix("://") else {
            throw given.invalid("the URL of \(server)", hint: "write it like \(example)")
        }
        return url
    }

    /// How a gateway of these settings is spoken to.
    func gatewayScheme() throws -> String {
        try sources.optional("gateway.tls.certificate") == nil ? "http" : "https"
    }

    /// Whose metrics a gateway shows.
    func workers() throws(ConfigurationError) -> [HostPort] {
        guard let value = try sources.optional("gateway.workers") else { return [] }
        let workers = try value.hostPorts()
        guard workers.count <= GatewayConfiguration.workersMax else {
            throw value.invalid(
                "at most \(GatewayConfiguration.workersMax) addresses", hint: "a name may be that of several workers")
        }
        return workers
    }

    /// How commands verify the gateway, and what they show it; nil leaves it to the system's authorities.
    func gatewayTLS() throws -> TLSClientOptions? {
        let names = ["gateway.ca", "gateway.certificate", "gateway.certificateKey"]
        let paths = try names.map { try sources.optional($0).map { sources.path($0) } }
        guard paths.contains(where: { $0 != nil }) else { return nil }
        return TLSClientOptions(authorityFile: paths[0], certificateFile: paths[1], keyFile: paths[2])
    }

    /// - Parameters:
    ///   - setting: which the address is of.
    ///   - other: the setting and the flag that say more.
    private func url(_ listen: HostPort, _ setting: String, orElse other: String, flag: String) throws -> String {
        guard listen.port > 0 else {
            throw ConfigurationError(
                key: other, problem: "is not set, and \(setting) (\(listen)) does not say the port",
                hint: "give \(flag) http://HOST:PORT")
        }
        // What listens everywhere is reached here, too.
        let here = ["0.0.0.0": "127.0.0.1", "::": "::1"]
        return "\(try gatewayScheme())://\(HostPort(host: here[listen.host] ?? listen.host, port: listen.port))"
    }
}
