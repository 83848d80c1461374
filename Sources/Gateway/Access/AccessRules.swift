internal import HTTP
internal import Runtime

/// Access rules in force: credentials, origins and limits, made of the configuration.
final class AccessRules: Sendable {
    let policy: AccessPolicy
    let origins: OriginRule
    let crossOrigins: CrossOriginRule
    let limits: RequestLimits
    private let limitConfiguration: LimitConfiguration
    private let keys: KeyRing?
    private let tokens: TokenVerifier?

    /// - Parameter earlier: the rules that these replace: limits that stay the same go on counting.
    /// - Throws: `ConfigurationError`
    init(_ configuration: GatewayConfiguration, replacing earlier: AccessRules? = nil) throws {
        keys = try configuration.keysPath.map { try KeyRing(path: $0) }
        tokens = try configuration.signedTokens.map {
            try TokenVerifier($0, threads: configuration.http.threads)
        }
        policy = AccessPolicy(
            publisherTokens: configuration.tokens, operatorTokens: configuration.operatorTokens,
            cacheTokens: configuration.cacheTokens, keys: keys, tokens: tokens,
            certificates: configuration.knownCertificates.isEmpty
                ? nil : CertificateRing(configuration.knownCertificates))
        crossOrigins = configuration.crossOrigins
        origins = OriginRule(
            address: configuration.http.address, hosts: configuration.hosts, crossOrigins: crossOrigins)
        limitConfiguration = configuration.limits
        if let earlier, earlier.limitConfiguration == configuration.limits {
            limits = earlier.limits
        } else {
            limits = RequestLimits(configuration.limits)
        }
    }

    /// The API keys in force, by id; nil where the gateway knows none.
    var keyList: [APIKey]? { keys?.list }

    /// The quota of each namespace.
    var namespaceQuota: Quota? { limitConfiguration.perNamespace }

    /// What an operator should know at the start.
    func warn(_ log: Log) {
        guard let keys, keys.isReadableByOthers else { return }
        log.warning("other users of this machine may read the file of keys: chmod 600 it", ["file": keys.path])
    }

    /// Reads files of keys again that have changed. What can't be used leaves what was in force.
    func refresh(_ log: Log) {
        if let keys {
            let outcome = keys.refresh()
            Self.tell(keys.path, outcome, log)
            if case .changed(let before, let after) = outcome {
                KeyChange.log(KeyChange.list(from: before, to: after), to: log)
            }
        }
        for (path, outcome) in tokens?.refresh() ?? [] { Self.tell(path, outcome, log) }
    }

    private static func tell<Value>(_ path: String, _ outcome: ReloadedFile<Value>.Outcome, _ log: Log) {
        switch outcome {
        case .same: break
        case .changed: log.info("keys were read again", ["file": path])
        case .faulty(let reason):
            log.error("keys can't be read, so those from before stay in force", ["file": path, "error": reason])
        }
    }
}
