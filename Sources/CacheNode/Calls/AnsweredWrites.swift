internal import HTTP
internal import Invalidations
internal import Synchronization

/// Writes that were done, by the Idempotency-Key that they came with: the same one sent again changes nothing.
///
/// A client that got no answer sends again. Meanwhile somebody else may have changed the value, and keeps it. What was
/// refused may be tried again. The oldest writes are forgotten first; a restart forgets all, with the entries. Of
/// durable writes their log knows more.
final class AnsweredWrites: Sendable {
    private static let halfMax = 8_192

    private struct Done {
        let digest: [UInt8]
        let response: HTTPResponse
    }

    private let recent = Mutex(RecentMap<WriteIdentity.Name, Done>(halfMax: halfMax))

    /// Answers at once what was done before.
    ///
    /// - Returns: what takes the answer to the write; nil where there is nothing left to do.
    /// - Throws: for a key that another write came with.
    func passed(
        _ identity: WriteIdentity?, _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) throws(CallRefusal) -> (@Sendable (HTTPResponse) -> Void)? {
        guard let write = identity else { return answer }
        switch recent.withLock({ $0[write.name] }) {
        case nil: break
        case .some(let done) where done.digest == write.digest:
            answer(done.response)
            return nil
        case .some: throw .keyIsUsed
        }
        return { [self] response in
            if (200..<300).contains(response.status) {
                recent.withLock { $0.set(Done(digest: write.digest, response: response), for: write.name) }
            }
            answer(response)
        }
    }
}
