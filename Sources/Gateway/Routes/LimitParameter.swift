internal import HTTP

/// How many entries of a list a client wants.
enum LimitParameter {
    /// - Returns: nil where the request names none.
    static func read(_ request: HTTPRequest, max: Int) throws(ParameterError) -> Int? {
        guard let text = request.parameter("limit") else { return nil }
        guard let limit = Int(text), (1...max).contains(limit) else {
            throw ParameterError("limit", "a whole number from 1 to \(max)")
        }
        return limit
    }
}
