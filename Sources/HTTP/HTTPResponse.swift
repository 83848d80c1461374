/// A complete answer. Content-Length, Date and the connection's handling are the server's business;
/// `("Connection", "close")` closes the connection after the answer.
public struct HTTPResponse: Sendable {
    /// 200…599.
    public var status: Int
    public var headers: [(String, String)]
    public var body: [UInt8]

    public init(status: Int, headers: [(String, String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer without a body.
    public static func empty(_ status: Int) -> HTTPResponse {
        HTTPResponse(status: status)
    }

    public static func json(_ status: Int, _ bytes: [UInt8]) -> HTTPResponse {
        HTTPResponse(status: status, headers: [("Content-Type", "application/json")], body: bytes)
    }

    public static func text(_ status: Int, _ text: String) -> HTTPResponse {
        HTTPResponse(status: status, headers: [("Content-Type", "text/plain; charset=utf-8")], body: Array(text.utf8))
    }

    public static func problem(_ problem: ProblemDocument) -> HTTPResponse {
        HTTPResponse(
            status: problem.status, headers: [("Content-Type", "application/problem+json")], body: problem.json)
    }

    public static func problem(_ status: Int, _ detail: String, title: String? = nil) -> HTTPResponse {
        .problem(ProblemDocument(status: status, title: title, detail: detail))
    }

    public static func notFound(_ path: String) -> HTTPResponse {
        .problem(404, "Nothing is served at \(path).")
    }

    /// - Parameter allowed: the methods that the path knows; they go into `Allow` as well.
    public static func methodNotAllowed(_ method: String, allowed: [String]) -> HTTPResponse {
        let list = allowed.joined(separator: ", ")
        return .problem(405, "\(method) is not served here; use \(list).").with("Allow", list)
    }

    /// The same answer with one header field more.
    public func with(_ name: String, _ value: String) -> HTTPResponse {
        var response = self
        response.headers.append((name, value))
        return response
    }
}
