internal import Invalidations
internal import Storage

// Binding and reading of what several tables hold.
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

extension Row {
    /// Nil for NULL.
    func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }

    /// Nil for NULL, and for what is no id.
    func id(_ column: Int) -> RequestID? { wide(column).map { RequestID(high: $0.high, low: $0.low) } }
}
