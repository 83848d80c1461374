internal import Edges
public import HTTP
public import Invalidations
public import Runtime

/// Entrance of another server whose calls all need one scope.
///
/// It asks for the gateway's credentials, and keeps to the same rules of origins and limits.
public final class ScopedEntrance: Sendable {
    /// Header fields that pages of other origins may read or send, beside those of the gateway.
    public struct Fields: Sendable {
        public var exposed: [String]
        public var allowed: [String]

        public init(exposed: [String], allowed: [String]) {
            self.exposed = exposed
            self.allowed = allowed
        }
    }

    private let entrance: Entrance
    private let scope: Scopes
    private let fields: Fields

    /// - Parameters:
    ///   - configuration: its credentials, its limits, its origins and where it listens count.
    ///   - fields: of the calls' answers and requests.
    /// - Throws: `ConfigurationError`
    public init(
        _ configuration: GatewayConfiguration, scope: Scopes, fields: Fields, metrics registry: MetricsRegistry,
        log: Log
    ) throws {
        entrance = Entrance(try AccessRules(configuration), AccessWatch(registry, log))
        self.scope = scope
        self.fields = fields
    }

    /// Lets the request pass with its principal, or says why not.
    ///
    /// - Returns: nil for a request that goes on.
    public func refusal(of request: inout HTTPRequest) -> HTTPResponse? {
        let rules = entrance.rules
        let network = ClientNetwork.of(request.remoteAddress)
        let authorization = request.headers.first("Authorization")
        if let refusal = webRefusal(request, authorization, rules) { return tell(request, .origin, refusal) }
        if let refusal = rules.limits.addresses?.charge(network) { return tell(request, .limit, refusal) }
        let isGuessing = rules.limits.failures?.isExhausted(network) ?? false
        let decision = rules.policy.decide(
            scope, authorization, request.clientCertificate,
            guessableBytes: isGuessing ? Entrance.guessableBytes : 0)
        switch decision {
        case .refused(let refusal, let fault):
            let isGuess = ![.missing, .scope, .certificate].contains(fault)
            return tell(request, fault, isGuess ? rules.limits.failures?.charge(network) ?? refusal : refusal)
        case .admitted(let principal):
            if principal.isAuthenticated, let refusal = rules.limits.keys?.charge(principal.name) {
                return tell(request, .limit, refusal, by: principal.name)
            }
            request.context = RequestPass(principal: principal, route: nil)
            return nil
        }
    }

    /// Whether the sender of a request that was let pass may use the namespace.
    public func admits(_ namespace: Namespace, _ request: HTTPRequest) -> Bool {
        request.principal.grant.admits(namespace)
    }

    /// The name of the credential of a request that was let pass.
    public func sender(of request: HTTPRequest) -> String { request.principal.name }

    /// What a sender is told who may not use the namespace.
    public func namespaceRefusal(_ namespace: Namespace, _ request: HTTPRequest) -> HTTPResponse {
        tell(request, .grant, Problems.foreignNamespace(namespace), by: request.principal.name)
    }

    /// - Returns: nil where the sender may purge all that is named.
    public func hostRefusal(_ selectors: Selectors, _ request: HTTPRequest) -> HTTPResponse? {
        guard let hosts = request.principal.grant.hosts else { return nil }
        for (field, urls) in [("urls", selectors.urls), ("prefixes", selectors.prefixes)] {
            guard let url = urls.first(where: { !HostPattern.admit($0, hosts) }) else { continue }
            return tell(request, .grant, Problems.hostNotGranted(url, field: field), by: request.principal.name)
        }
        return nil
    }

    /// Why the sender of a request that was let pass may not publish this as well; nil where it may.
    ///
    /// Counts against the limit of the namespace.
    public func publishRefusal(_ invalidation: Invalidation, _ request: HTTPRequest) -> HTTPResponse? {
        let principal = request.principal
        guard principal.scopes.contains(.publish) || entrance.rules.policy.isOpen(.publish) else {
            return tell(request, .scope, Problems.scopeNeeded(.publish, principal.name), by: principal.name)
        }
        if let refusal = principal.grant.refusal(of: invalidation) {
            return tell(request, .grant, refusal, by: principal.name)
        }
        guard let refusal = entrance.rules.limits.namespaces?.charge(invalidation.namespace.name) else { return nil }
        return tell(request, .limit, refusal, by: principal.name)
    }

    /// Why the sender of a request that was let pass may not do what operators do; nil where it may.
    public func operateRefusal(_ request: HTTPRequest) -> HTTPResponse? {
        let principal = request.principal
        guard !principal.scopes.contains(.operate), !entrance.rules.policy.isOpen(.operate) else { return nil }
        return tell(request, .scope, Problems.scopeNeeded(.operate, principal.name), by: principal.name)
    }

    /// Whether answers may be kept by the client alone.
    public var isPrivate: Bool { !entrance.rules.policy.isOpen(scope) }

    /// What every answer says to pages of other origins.
    public func crossOriginFields(for request: HTTPRequest) -> [(String, String)] {
        entrance.rules.crossOrigins.fields(for: request).map { name, value in
            name == "Access-Control-Expose-Headers" ? (name, Self.list(value, fields.exposed)) : (name, value)
        }
    }

    /// What the answer to a preflight request says beside that.
    public func preflightFields(for request: HTTPRequest, methods: [String]) -> [(String, String)] {
        entrance.rules.crossOrigins.preflightFields(for: request, methods: methods).map { name, value in
            name == "Access-Control-Allow-Headers" ? (name, Self.list(value, fields.allowed)) : (name, value)
        }
    }

    /// What an operator should know at the start.
    public func warn(_ log: Log) { entrance.rules.warn(log) }

    /// Reads files of keys again that have changed.
    public func refresh(_ log: Log) { entrance.rules.refresh(log) }

    /// Pages of the web have no credential but the certificate that a browser shows unasked, and must change nothing
    /// where no other is asked for.
    private func webRefusal(
        _ request: HTTPRequest, _ authorization: String?, _ rules: AccessRules
    ) -> HTTPResponse? {
        let isOpen = rules.policy.isOpen(scope)
        guard isOpen || (authorization == nil && request.clientCertificate != nil) else { return nil }
        if isOpen, let refusal = rules.origins.hostRefusal(request, isTarget: false) { return refusal }
        guard !["GET", "HEAD"].contains(request.method) else { return nil }
        return rules.origins.originRefusal(request, isTarget: false)
    }

    private func tell(
        _ request: HTTPRequest, _ fault: AccessFault, _ refusal: HTTPResponse, by name: String? = nil
    ) -> HTTPResponse {
        entrance.watch.refused(request, fault, by: name)
        return refusal
    }

    private static func list(_ value: String, _ others: [String]) -> String {
        ([value] + others).joined(separator: ", ")
    }
}
