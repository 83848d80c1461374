/// Why a request is not let pass.
enum AccessFault: String, Error, CaseIterable {
    /// No credential at all.
    case missing
    /// Not of a form that a credential has.
    case malformed
    /// No such token, no such key, or the key's secret is wrong.
    case unknown
    /// A token's signature is not of one of the keys.
    case signature
    case issuer
    case audience
    /// A token's other claims are missing or not what they must be.
    case claims
    case expired
    /// The token's time has not come.
    case early
    case revoked
    /// A certificate of a trusted authority that is in no entry.
    case certificate
    /// A good credential, without the scope of the call.
    case scope
    /// A good credential, which is not for the namespace or host.
    case grant
    /// A page of another origin, or a host that is not this gateway's name.
    case origin
    /// Too many requests.
    case limit

    /// What the client is told; nil where the sentence of every wrong credential is enough.
    ///
    /// A reason is told of a credential alone whose secret or signature was right.
    var detail: String? {
        switch self {
        case .missing, .scope, .grant, .origin, .limit: nil
        case .malformed: "The credential has not the form of a bearer token."
        case .unknown, .signature: "The credential is not known here."
        case .issuer: "The token is of another issuer."
        case .audience: "The token is for another audience."
        case .claims: "The claims of the token are not complete, or not what they must be."
        case .expired: "The credential has expired."
        case .early: "The token is not valid yet."
        case .certificate: "The client certificate is not known here, and there is no other credential."
        case .revoked: "The credential was revoked."
        }
    }
}
