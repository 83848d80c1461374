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
        guard let given = try sources.optional("gateway.url") else { return try listenURL() }
        var url = given.text
        while url.hasSuffix("/") { url.removeLast() }
        if !url.contains("://") { url = "http://\(url)" }
        guard ["http://", "https://"].contains(where: url.lowercased().hasPrefix), !url.hasSuffix("://") else {
            throw given.invalid("the URL of a gateway", hint: "write it like http://127.0.0.1:8080")
        }
        return url
    }

    /// How a gateway of these settings is spoken to.
    func gatewayScheme() throws -> String {
        try sources.optional("gateway.tls.certificate") == nil ? "http" : "https"
    }

    /// How commands verify the gateway, and what they show it; nil leaves it to the system's authorities.
    func gatewayTLS() throws -> TLSClientOptions? {
        let names = ["gateway.ca", "gateway.certificate", "gateway.certificateKey"]
        let paths = try names.map { try sources.optional($0).map { sources.path($0) } }
        guard paths.contains(where: { $0 != nil }) else { return nil }
        return TLSClientOptions(authorityFile: paths[0], certificateFile: paths[1], keyFile: paths[2])
    }

    private func listenURL() throws -> String {
        let listen = try sources.value("gateway.listen")
        let address = try listen.hostPort()
        guard address.port > 0 else {
            throw ConfigurationError(
                key: "gateway.url", problem: "is not set, and gateway.listen (\(listen.text)) does not say the port",
                hint: "give --gateway http://HOST:PORT")
        }
        // What listens everywhere is reached here, too.
        let here = ["0.0.0.0": "127.0.0.1", "::": "::1"]
        return "\(try gatewayScheme())://\(HostPort(host: here[address.host] ?? address.host, port: address.port))"
    }
}
