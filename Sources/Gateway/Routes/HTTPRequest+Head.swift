// The part of a request that outlives its body.
package import HTTP

extension HTTPRequest {
    /// What is kept until a request is answered: a body may be large.
    package var withoutBody: HTTPRequest {
        var head = self
        head.body = []
        return head
    }
}
