internal import HTTP
internal import Invalidations

// Refusals of senders, and of what they may not do (RFC 6750, section 3).
extension Problems {
    static func unauthorised(_ fault: AccessFault) -> HTTPResponse {
        let needed = "A bearer token of this gateway is needed."
        let challenge = "Bearer realm=\"cachesync\""
        guard let detail = fault.detail else {
            return problem(.tokenNeeded, 401, needed).with("WWW-Authenticate", challenge)
        }
        guard fault != .certificate else {
            // No token was wrong.
            return problem(.tokenNeeded, 401, detail, title: "Unknown certificate")
                .with("WWW-Authenticate", challenge)
        }
        return problem(.tokenNeeded, 401, detail, title: "Invalid credential")
            .with("WWW-Authenticate", "\(challenge), error=\"invalid_token\", error_description=\"\(detail)\"")
    }

    static func scopeNeeded(_ scope: Scopes, _ name: String) -> HTTPResponse {
        problem(
            .scopeNeeded, 403, "The credential of \(name) does not have the scope \(scope), which the call needs.",
            title: "Scope needed", extensions: ["scope": .string(scope.description)]
        )
        .with(
            "WWW-Authenticate", "Bearer realm=\"cachesync\", error=\"insufficient_scope\", scope=\"\(scope)\"")
    }

    static func foreignNamespace(_ namespace: Namespace) -> HTTPResponse {
        problem(
            .namespaceNotGranted, 403,
            "The credential is not for the namespace \(namespace). Nothing was published.",
            title: "Namespace not granted",
            extensions: ["field": .string("namespace"), "namespace": .string(namespace.name)])
    }

    static let namespaceNeeded = problem(
        .namespaceNeeded, 403,
        "The credential is not for all namespaces: give namespace= with one that it is for.",
        title: "Namespace needed")

    static let namespacesNotGranted = problem(
        .namespaceNeeded, 403,
        "The credential is not for all namespaces that this call is about: name namespaces that it is for.",
        title: "Namespace needed")

    static func hostNotGranted(_ url: String, field: String) -> HTTPResponse {
        problem(
            .hostNotGranted, 403,
            "The credential is not for the host of \(url.prefix(200)). Nothing was published.",
            title: "Host not granted", extensions: ["field": .string(field)])
    }

    static func foreignOrigin(_ origin: String) -> HTTPResponse {
        problem(
            .foreignOrigin, 403,
            "A page of \(origin.prefix(200)) must not change anything at a gateway that asks for no credential.",
            title: "Foreign origin")
    }

    static func unknownHost(_ host: String) -> HTTPResponse {
        problem(
            .unknownHost, 421,
            "The gateway asks for no credential, and \(host.prefix(200)) is no name that it goes by.",
            title: "Unknown host")
    }

    static func tooManyRequests(_ policy: String, _ quota: Quota) -> HTTPResponse {
        problem(
            .tooManyRequests, 429,
            "More than \(quota.amount) requests in \(quota.seconds) s (limit \(policy)). Nothing was published.",
            title: "Too many requests", extensions: ["limit": .string(policy)])
    }
}
