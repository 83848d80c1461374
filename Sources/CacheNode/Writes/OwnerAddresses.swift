internal import CacheWrites
internal import Dispatch
internal import Runtime
internal import Synchronization

/// Addresses of the nodes that own partitions, as the database last said.
final class OwnerAddresses: Sendable {
    private struct Known {
        let address: String?
        let askedAt: MonotonicTime
    }

    /// Old enough to ask once more: a takeover lasts longer.
    private static let age = Duration.seconds(1)
    /// While keys change hands nobody owns them for a moment, or this node by what the database still says.
    private static let ageOfNone = Duration.milliseconds(100)

    private let database: MainDatabase
    private let own: String
    /// By partition; there are no more of them than partitions.
    private let known = Mutex<[Int32: Known]>([:])

    private static let answerMax = DispatchTimeInterval.seconds(1)
    /// All others; kept for the time when the database does not answer.
    private let others = Mutex<[String]>([])

    /// - Parameter own: address of this node.
    init(_ database: MainDatabase, own: String) {
        (self.database, self.own) = (database, own)
    }

    /// The URLs of all other nodes that own something. Waits for the database, for a second at most.
    func findOthers() -> [String] {
        let answered = DispatchSemaphore(value: 0)
        database.findOwners { [self] result in
            if case .success(let owners) = result {
                let found = owners.filter { $0 != own }
                others.withLock { $0 = found }
            }
            answered.signal()
        }
        _ = answered.wait(timeout: .now() + Self.answerMax)
        return others.withLock { $0 }
    }

    /// The URL of another node, as `find` says it. Waits for the database, for a second at most.
    func findNow(_ partition: Int32) -> String? {
        let (answered, found) = (DispatchSemaphore(value: 0), FoundAddress())
        find(partition) { address in
            found.address.withLock { $0 = address }
            answered.signal()
        }
        _ = answered.wait(timeout: .now() + Self.answerMax)
        return found.address.withLock { $0 }
    }

    private final class FoundAddress: Sendable {
        let address = Mutex<String?>(nil)
    }

    /// - Parameter answer: gets the URL of another node; nil where none is known.
    func find(_ partition: Int32, _ answer: @escaping @Sendable (String?) -> Void) {
        if let found = known.withLock({ $0[partition] }),
            .now() - found.askedAt < (found.address == nil ? Self.ageOfNone : Self.age)
        {
            return answer(found.address)
        }
        database.findOwner(of: partition) { [self] result in
            guard case .success(let owner) = result else { return answer(nil) }
            let address = owner.flatMap { $0.isEmpty || $0 == own ? nil : $0 }
            known.withLock { $0[partition] = Known(address: address, askedAt: .now()) }
            answer(address)
        }
    }
}
