internal import HTTP
internal import Runtime
internal import Synchronization

/// Entrance: all that a request must pass before its body is read.
final class Entrance: Sendable {
    /// What is shorter can be guessed.
    static let guessableBytes = 24

    private let current: Mutex<AccessRules>
    let watch: AccessWatch

    init(_ rules: AccessRules, _ watch: AccessWatch) {
        current = Mutex(rules)
        self.watch = watch
    }

    /// The rules in force.
    var rules: AccessRules { current.withLock { $0 } }

    /// Puts other rules in force, for requests from now on.
    ///
    /// - Throws: `ConfigurationError`; then nothing changes. A gateway that asks for credentials does not stop to.
    func replaceRules(_ configuration: GatewayConfiguration) throws {
        let earlier = rules
        let next = try AccessRules(configuration, replacing: earlier)
        for scope in [Scopes.publish, .operate] where next.policy.isOpen(scope) && !earlier.policy.isOpen(scope) {
            throw ConfigurationError(
                key: "gateway.token", problem: "the gateway would ask for no credential any more",
                hint: "restart it, if that is meant")
        }
        current.withLock { $0 = next }
    }

    /// Lets the request pass with its principal, or says why not.
    ///
    /// - Parameter authorization: the credential, as the header field has it.
    /// - Returns: nil for a request that goes on.
    func refusal(of request: inout HTTPRequest, _ route: Route, _ authorization: String?) -> HTTPResponse? {
        let rules = rules
        let limits = rules.limits
        let network = ClientNetwork.of(request.remoteAddress)
        if let refusal = Self.webRefusal(request, route, authorization, rules) {
            return tell(request, .origin, refusal)
        }
        if route.scope != nil, let refusal = limits.addresses?.charge(network) {
            return tell(request, .limit, refusal)
        }
        let isGuessing = limits.failures?.isExhausted(network) ?? false
        let decision = rules.policy.decide(
            route.scope, authorization, request.clientCertificate, guessableBytes: isGuessing ? Self.guessableBytes : 0)
        switch decision {
        case .refused(let refusal, let fault):
            let isGuess = ![.missing, .scope, .certificate].contains(fault)
            return tell(request, fault, isGuess ? limits.failures?.charge(network) ?? refusal : refusal)
        case .admitted(let principal):
            if principal.isAuthenticated, let refusal = limits.keys?.charge(principal.name) {
                return tell(request, .limit, refusal, by: principal.name)
            }
            request.context = RequestPass(principal: principal, route: route)
            return nil
        }
    }

    /// What the sender of those credentials may read now, long after its request was let pass.
    ///
    /// - Returns: nil where it may not any more.
    func renewedGrant(_ authorization: String?, _ certificate: ClientCertificate?) -> Grant? {
        guard case .admitted(let principal) = rules.policy.decide(.read, authorization, certificate) else { return nil }
        return principal.grant
    }

    /// Only where a page of the web needs no secret of its own: where no credential is asked for, or where the browser
    /// shows the certificate of its user unasked.
    private static func webRefusal(
        _ request: HTTPRequest, _ route: Route, _ authorization: String?, _ rules: AccessRules
    ) -> HTTPResponse? {
        let origins = rules.origins
        let isOpen = rules.policy.isOpen(route.scope ?? .read)
        guard isOpen || (authorization == nil && request.clientCertificate != nil), !route.isHealth else { return nil }
        if isOpen, let refusal = origins.hostRefusal(request, isTarget: route.isHostTarget(request.method)) {
            return refusal
        }
        guard !["GET", "HEAD"].contains(request.method) else { return nil }
        return origins.originRefusal(request, isTarget: route.isHostTarget(request.method))
    }

    private func tell(
        _ request: HTTPRequest, _ fault: AccessFault, _ refusal: HTTPResponse, by name: String? = nil
    ) -> HTTPResponse {
        watch.refused(request, fault, by: name)
        return refusal
    }
}

extension Route {
    fileprivate var isHealth: Bool {
        switch self {
        case .live, .ready: true
        default: false
        }
    }

    /// Whether the Host field may be part of what is purged.
    fileprivate func isHostTarget(_ method: String) -> Bool {
        if case .dialect = self { method == "PURGE" || method == "PURGEKEYS" } else { false }
    }
}
