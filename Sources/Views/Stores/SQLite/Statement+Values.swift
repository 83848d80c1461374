internal import Invalidations
internal import Storage

// Binding of what several tables hold.
extension Statement {
    /// As the first two parameters.
    func bind(_ identity: RequestIdentity) {
        bind(1, identity.id)
        bind(2, identity.namespace.name)
    }

    func bind(_ parameter: Int, _ id: RequestID) { bind(parameter, high: id.high, low: id.low) }

    func bind(_ parameter: Int, _ id: RequestID?) {
        if let id { bind(parameter, id) } else { bindNull(parameter) }
    }

    func bind(_ parameter: Int, _ text: String?) {
        if let text { bind(parameter, text) } else { bindNull(parameter) }
    }

    func bind(_ parameter: Int, _ number: Int64?) {
        if let number { bind(parameter, number) } else { bindNull(parameter) }
    }
}
