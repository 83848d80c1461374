internal import Basics
package import Caches
package import Invalidations
internal import Synchronization

/// Numbers of the namespaces that this process has met, and addresses made of them.
package final class AddressBook: Sendable {
    private struct State {
        var numbers: [Namespace: NamespaceNumber] = [:]
        var names: [NamespaceNumber: Namespace] = [:]
    }

    private let state = Mutex(State())
    private let hasher: SipHash
    private let namespacesMax: Int

    /// - Parameter namespacesMax: bounds what a log that anybody may write to can make this process keep.
    package convenience init(namespacesMax: Int = 65_536) {
        var random = SystemRandomNumberGenerator()
        self.init(namespacesMax: namespacesMax, hasher: SipHash(key0: random.next(), key1: random.next()))
    }

    package init(namespacesMax: Int = 65_536, hasher: SipHash) {
        (self.namespacesMax, self.hasher) = (namespacesMax, hasher)
    }

    /// - Returns: nil where there are too many namespaces.
    package func address(_ namespace: Namespace, _ key: CacheKey) -> CacheAddress? {
        let number = state.withLock { state -> NamespaceNumber? in
            if let number = state.numbers[namespace] { return number }
            guard state.numbers.count < namespacesMax else { return nil }
            let number = NamespaceNumber(value: UInt32(clamping: state.numbers.count))
            state.numbers[namespace] = number
            state.names[number] = namespace
            return number
        }
        return number.map { CacheAddress($0, key, hasher) }
    }

    /// The address of a key that a write may have; nil in a namespace without writes.
    func find(_ namespace: Namespace, _ key: CacheKey) -> CacheAddress? {
        find(namespace).map { CacheAddress($0, key, hasher) }
    }

    /// - Returns: nil where no write has named the namespace.
    func find(_ namespace: Namespace) -> NamespaceNumber? { state.withLock { $0.numbers[namespace] } }

    func namespace(of address: CacheAddress) -> Namespace? {
        state.withLock { $0.names[address.namespace] }
    }
}
