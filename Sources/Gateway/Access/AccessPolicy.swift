internal import HTTP
internal import Invalidations

/// Access policy: who a request is from, and whether it may go on, before its body is read.
final class AccessPolicy: Sendable {
    enum Decision {
        case admitted(Principal)
        case refused(HTTPResponse, AccessFault)
    }

    private let publishers: BearerTokens
    private let operators: BearerTokens
    private let caches: BearerTokens
    private let keys: KeyRing?
    private let tokens: TokenVerifier?
    private let certificates: CertificateRing?

    /// - Parameters:
    ///   - publisherTokens: without any, and without keys, signed tokens and certificates, everybody may publish.
    ///   - operatorTokens: without any, the operators' calls are as open as the publishers'.
    ///   - cacheTokens: open the calls of a cache node alone.
    ///   - certificates: nil where certificates are no credentials.
    init(
        publisherTokens: [String], operatorTokens: [String], cacheTokens: [String] = [], keys: KeyRing? = nil,
        tokens: TokenVerifier? = nil, certificates: CertificateRing? = nil
    ) {
        publishers = BearerTokens(publisherTokens)
        operators = BearerTokens(operatorTokens)
        caches = BearerTokens(cacheTokens)
        self.keys = keys
        self.tokens = tokens
        self.certificates = certificates
    }

    /// How many configured tokens there are of each kind, and whether signed ones are believed.
    struct TokenCounts: Sendable {
        let publisher: Int
        let ofOperators: Int
        let cache: Int
        let believesSigned: Bool
    }

    var tokenCounts: TokenCounts {
        TokenCounts(
            publisher: publishers.count, ofOperators: operators.count, cache: caches.count,
            believesSigned: tokens != nil)
    }

    /// Whether nobody has to show a credential for calls of that scope.
    func isOpen(_ scope: Scopes) -> Bool {
        guard publishers.isEmpty, !knowsOthers else { return false }
        return scope != .operate || operators.isEmpty
    }

    /// Whether certificates are credentials.
    var knowsCertificates: Bool { certificates != nil }

    /// Whether there are credentials beside the configured tokens.
    private var knowsOthers: Bool { keys != nil || tokens != nil || certificates != nil || !caches.isEmpty }

    /// The header wins over the certificate: it is of the request, while the certificate is of the connection, and
    /// may be that of a proxy. One that is wrong is refused, whatever the certificate would open.
    ///
    /// - Parameters:
    ///   - scope: nil for what is open to everybody.
    ///   - authorization: the header's value, nil where the request has none.
    ///   - certificate: that the connection has shown.
    ///   - guessableBytes: tokens that are shorter are not believed, because their sender has guessed before.
    func decide(
        _ scope: Scopes?, _ authorization: String?, _ certificate: ClientCertificate?, guessableBytes: Int = 0,
        now: Timestamp = .now()
    ) -> Decision {
        guard let scope else { return .admitted(.anyone) }
        do throws(AccessFault) {
            let principal = try identify(authorization, certificate, guessableBytes, now)
            if principal.scopes.isSuperset(of: scope) { return .admitted(principal) }
            return isOpen(scope) ? .admitted(.anyone) : .refused(refusal(of: principal, scope), .scope)
        } catch {
            return isOpen(scope) ? .admitted(.anyone) : .refused(Problems.unauthorised(error), error)
        }
    }

    private func identify(
        _ authorization: String?, _ certificate: ClientCertificate?, _ guessableBytes: Int, _ now: Timestamp
    ) throws(AccessFault) -> Principal {
        guard let authorization else {
            guard let certificate, let certificates else { throw .missing }
            return try certificates.principal(certificate, now: now)
        }
        guard let credential = BearerTokens.credential(of: authorization), !credential.isEmpty else {
            throw .malformed
        }
        let (isOperator, isPublisher) = (operators.contains(credential), publishers.contains(credential))
        let isCache = caches.contains(credential)
        if isOperator || isPublisher || isCache, credential.count < guessableBytes { throw .unknown }
        if isOperator { return Principal("operator", .all) }
        if isPublisher || isCache {
            let scopes: Scopes = isPublisher ? [.publish, .read] : []
            return Principal(isPublisher ? "publisher" : "cache", isCache ? scopes.union(.cache) : scopes)
        }
        if let keys, let key = KeyText(credential) { return try keys.principal(key, now: now) }
        if let tokens, SignedToken.isOne(credential) { return try tokens.principal(credential, now: now) }
        throw .unknown
    }

    /// A publisher is told what is missing; a stranger learns nothing.
    private func refusal(of principal: Principal, _ scope: Scopes) -> HTTPResponse {
        if scope == .operate, operators.isEmpty, !knowsOthers { return Problems.noOperatorToken }
        return Problems.scopeNeeded(scope, principal.name)
    }
}
