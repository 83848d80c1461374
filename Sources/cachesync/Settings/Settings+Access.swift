import Edges
import Gateway
import HTTP
import Runtime

// Settings that say who may do what at the gateway.
extension Settings {
    /// Sets credentials and limits.
    ///
    /// - Throws: `ConfigurationError`, also for a gateway that other machines would reach without a credential.
    func setAccess(of configuration: inout GatewayConfiguration) throws {
        try setSharedAccess(of: &configuration)
        try checkReach(configuration)
        try checkProfile(
            of: configuration, section: "gateway",
            credentials: "gateway.token, gateway.keys, gateway.jwt or gateway.clientCertificates")
    }

    /// Sets what the gateway and a cache node have in common.
    func setSharedAccess(of configuration: inout GatewayConfiguration) throws {
        // All of them, for a configuration that is changed: what is no longer set is not kept.
        configuration.tokens = [try sources.optional("gateway.token")].compactMap { $0?.text }
        configuration.operatorTokens = [try sources.optional("gateway.operatorToken")].compactMap { $0?.text }
        configuration.certificateFiles = try certificateFiles()
        configuration.knownCertificates = try knownCertificates(configuration.certificateFiles)
        configuration.keysPath = try sources.optional("gateway.keys").map { sources.path($0) }
        configuration.signedTokens = try signedTokens()
        configuration.limits.perKey = try quota("gateway.limits.perKey")
        configuration.limits.perNamespace = try quota("gateway.limits.perNamespace")
        configuration.limits.perAddress = try quota("gateway.limits.perAddress")
        configuration.hosts = try hosts()
        configuration.crossOrigins = try crossOrigins()
    }

    /// The file that `cachesync keys` changes.
    func keyFile() throws -> KeyFile {
        KeyFile(path: sources.path(try sources.value("gateway.keys")))
    }

    private func checkReach(_ configuration: GatewayConfiguration) throws {
        guard configuration.isOpen, !configuration.isOnLoopback, !configuration.requiresCertificates,
            try !sources.bool("gateway.open")
        else { return }
        let listen = try sources.value("gateway.listen")
        throw ConfigurationError(
            at: listen.origin, key: "gateway.listen",
            problem: "\(listen.text) is reached by other machines, and the gateway asks for no credential",
            hint: """
                set gateway.token, gateway.keys (made by `cachesync keys create`), gateway.jwt or \
                gateway.clientCertificates; or listen at 127.0.0.1; or set gateway.open: true, and everybody who \
                reaches it may purge
                """)
    }

    private func certificateFiles() throws -> CertificateFiles? {
        let certificate = try sources.optional("gateway.tls.certificate")
        let key = try sources.optional("gateway.tls.key")
        let clients = try sources.optional("gateway.tls.clientCA")
        let demand = try sources.optional("gateway.tls.clientAuth")
        guard let given = certificate ?? key ?? clients ?? demand else { return nil }
        guard let certificate, let key else {
            throw ConfigurationError(
                at: given.origin, key: given.key, problem: "TLS needs gateway.tls.certificate and gateway.tls.key",
                hint: "set both, or none")
        }
        let choice = try demand?.choice(CertificateFiles.Demand.self)
        if let demand, choice != .off, clients == nil {
            throw ConfigurationError(
                at: demand.origin, key: demand.key, problem: "client certificates need gateway.tls.clientCA",
                hint: "name the file of the authorities that sign them")
        }
        return CertificateFiles(
            certificate: sources.path(certificate), key: sources.path(key),
            clientAuthorities: clients.map { sources.path($0) }, clientCertificates: choice ?? .required)
    }

    private func knownCertificates(_ files: CertificateFiles?) throws -> [KnownCertificate] {
        let known = try CertificateList.read(sources)
        guard known.isEmpty || (files?.clientAuthorities != nil && files?.clientCertificates != .off) else {
            throw ConfigurationError(
                key: CertificateList.key.name, problem: "clients are not asked for certificates",
                hint: "set gateway.tls.clientCA, and gateway.tls.clientAuth to required or optional")
        }
        return known
    }

    private func signedTokens() throws -> TokenConfiguration? {
        let names = ["secret", "publicKey", "keySet"].map { "gateway.jwt.\($0)" }
        let keys = try names.compactMap { try sources.optional($0) }
        let (issuer, audience) = (
            try sources.optional("gateway.jwt.issuer"), try sources.optional("gateway.jwt.audience")
        )
        guard let given = keys.first ?? issuer ?? audience else { return nil }
        guard let issuer, let audience, !keys.isEmpty else {
            throw ConfigurationError(
                at: given.origin, key: given.key,
                problem: "signed tokens need gateway.jwt.issuer, gateway.jwt.audience and a key",
                hint: "set also gateway.jwt.secret, gateway.jwt.publicKey or gateway.jwt.keySet")
        }
        var tokens = TokenConfiguration(issuer: issuer.text, audience: audience.text)
        if let secret = try sources.optional(names[0]) {
            guard secret.text.utf8.count >= TokenConfiguration.secretBytesMin else {
                throw secret.invalid(
                    "a secret of \(TokenConfiguration.secretBytesMin) bytes or more",
                    hint: "make one with: openssl rand -base64 32")
            }
            tokens.secret = secret.text
        }
        tokens.publicKeyFile = try sources.optional(names[1]).map { sources.path($0) }
        tokens.keySetFile = try sources.optional(names[2]).map { sources.path($0) }
        return tokens
    }

    private func quota(_ name: String) throws -> Quota? {
        guard let value = try sources.optional(name) else { return nil }
        let (amount, seconds) = try value.quota()
        guard let quota = Quota(amount: amount, seconds: seconds) else { throw value.invalid("a rate that fits") }
        return quota
    }

    private func crossOrigins() throws -> CrossOriginRule {
        guard let value = try sources.optional("gateway.corsOrigins") else { return .none }
        guard let rule = CrossOriginRule(value.list()) else {
            throw value.invalid("a list of origins", hint: "write them like https://shop.example, or * alone for all")
        }
        return rule
    }

    private func hosts() throws -> [HostPattern] {
        guard let value = try sources.optional("gateway.hosts") else { return [] }
        return try value.list().map { text in
            guard let pattern = HostPattern(text) else {
                throw value.invalid("a list of hosts", hint: "write them like purge.example or *.purge.example")
            }
            return pattern
        }
    }
}
