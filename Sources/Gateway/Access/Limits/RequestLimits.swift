/// Rates of requests that the gateway lets pass.
public struct LimitConfiguration: Hashable, Sendable {
    /// Calls of one credential.
    public var perKey: Quota?
    /// Requests to purge of one namespace; each item of a batch counts.
    public var perNamespace: Quota?
    /// Calls of one client address.
    public var perAddress: Quota?
    /// Wrong credentials of one client address.
    public var failuresPerAddress = Quota(amount: 100, seconds: 60)

    public init() {}
}

/// The limits in force.
struct RequestLimits: Sendable {
    let keys: LimitTable?
    let namespaces: LimitTable?
    let addresses: LimitTable?
    let failures: LimitTable?

    init(_ configuration: LimitConfiguration) {
        keys = LimitTable("key", configuration.perKey)
        namespaces = LimitTable("namespace", configuration.perNamespace)
        addresses = LimitTable("address", configuration.perAddress)
        failures = LimitTable("failures", configuration.failuresPerAddress)
    }
}
