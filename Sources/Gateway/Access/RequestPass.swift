internal import HTTP

/// What the screen has found out about a request that it let pass.
struct RequestPass: Sendable {
    let principal: Principal
    /// Nil at a server that has no routes of the gateway.
    let route: Route?
}

extension HTTPRequest {
    private var pass: RequestPass? { context as? RequestPass }

    /// Who sends it.
    var principal: Principal { pass?.principal ?? .nobody }

    /// Where it leads. The screen has looked already, as a rule.
    var route: Route? { pass?.route ?? Route(self) }
}
