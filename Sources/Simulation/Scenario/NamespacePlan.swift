internal import Invalidations

/// A namespace of the simulated world.
struct NamespacePlan {
    enum Kind: String {
        /// A few requests now and then.
        case quiet
        /// Most of the traffic.
        case noisy
        /// Its order is kept across retries.
        case strict
        /// Low priority, in great number.
        case bulk
        /// High priority.
        case urgent
        /// No edge serves it.
        case lost
    }

    let namespace: Namespace
    let kind: Kind
    let priority: Priority
    let partition: Int
    /// Every request names things that no other one names, so that a purge tells whose it is. Otherwise the same few
    /// selectors come again and again.
    let isDistinct: Bool
    /// Its share of the traffic.
    let weight: Int

    var pattern: NamespacePattern { .prefix(Self.stem(kind)) }

    static func stem(_ kind: Kind) -> String { kind.rawValue + "-" }
}
