internal import HTTP

/// Name of the operator who gives an order, as the log of orders shows it.
enum OperatorName {
    static let header = "Cache-Sync-Operator"
    static let bytesMax = 200

    /// - Returns: what the header says, or the address, with the principal of a key or signed token before it; nil
    ///   for a header that is no name.
    static func of(_ request: HTTPRequest) -> String? {
        let principal = request.principal
        let isOwn = principal.isAuthenticated && principal.name != "operator"
        guard let name = request.headers.first(header) else {
            return String("\(isOwn ? principal.name : "operator")@\(request.remoteAddress)".prefix(bytesMax))
        }
        guard (1...bytesMax).contains(name.utf8.count), name.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            return nil
        }
        return isOwn ? String("\(principal.name) as \(name)".prefix(bytesMax)) : name
    }
}
