internal import Caches
internal import Crypto
internal import HTTP
internal import Invalidations
internal import Synchronization

/// Writes that were done, by the Idempotency-Key that they came with: the same one sent again changes nothing.
///
/// A client that got no answer sends again. Meanwhile somebody else may have changed the value, and keeps it. What was
/// refused may be tried again. The oldest writes are forgotten first; a restart forgets all, with the entries.
final class AnsweredWrites: Sendable {
    static let keyBytesMax = 255
    private static let halfMax = 8_192

    private struct Name: Hashable {
        let namespace: Namespace
        let sender: String
        let key: String
    }

    private struct Done {
        let digest: [UInt8]
        let response: HTTPResponse
    }

    private struct Table {
        var newer: [Name: Done] = [:]
        var older: [Name: Done] = [:]
    }

    private let table = Mutex(Table())

    /// Answers at once what was done before.
    ///
    /// - Returns: what takes the answer to the write; nil where there is nothing left to do.
    /// - Throws: for a key that cannot be one, or that another write came with.
    func passed(
        _ request: HTTPRequest, _ target: EntryTarget, sender: String,
        _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) throws(CallRefusal) -> (@Sendable (HTTPResponse) -> Void)? {
        guard !["GET", "HEAD"].contains(request.method), let key = request.headers.first("Idempotency-Key") else {
            return answer
        }
        guard (1...Self.keyBytesMax).contains(key.utf8.count), key.utf8.allSatisfy({ 0x20 < $0 && $0 < 0x7f }) else {
            throw CallRefusal(
                400, "An Idempotency-Key has 1 to \(Self.keyBytesMax) printable ASCII characters, and no blanks")
        }
        let name = Name(namespace: target.namespace, sender: sender, key: key)
        let digest = SHA256Digest.of(
            Array("\(request.method)\0\(target.key)\0\(request.headers.first("If-Match") ?? "")\0".utf8)
                + request.body)
        switch table.withLock({ $0.newer[name] ?? $0.older[name] }) {
        case nil: break
        case .some(let done) where done.digest == digest:
            answer(done.response)
            return nil
        case .some: throw CallRefusal(422, "The Idempotency-Key was used before, with another write")
        }
        return { [self] response in
            if (200..<300).contains(response.status) { remember(Done(digest: digest, response: response), name) }
            answer(response)
        }
    }

    private func remember(_ done: Done, _ name: Name) {
        table.withLock { table in
            table.newer[name] = done
            guard table.newer.count >= Self.halfMax else { return }
            table.older = table.newer
            table.newer = [:]
        }
    }
}
