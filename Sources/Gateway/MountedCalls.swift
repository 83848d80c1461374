public import HTTP

/// Calls of another role that the gateway's address serves as well.
///
/// A cache node of the same process has some. Their own role decides who may make them. From any thread.
public protocol MountedCalls: Sendable {
    /// - Parameter path: decoded.
    func serves(_ path: String) -> Bool
    /// Refuses what can be refused without its body.
    ///
    /// - Returns: nil for a request that goes on to `answerRequest`.
    func screen(_ request: inout HTTPRequest) -> HTTPResponse?
    func answerRequest(_ request: HTTPRequest, _ responder: HTTPResponder)
    /// The form of what the server refuses of itself.
    func shapeRefusal(of request: HTTPRequest, _ response: HTTPResponse) -> HTTPResponse
}
