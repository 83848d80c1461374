internal import Invalidations
internal import Runtime

/// Namespaces whose last record in the log does not count.
///
/// Compaction keeps the last record of each namespace, and a node that starts behind it believes what is left. The node
/// that wrote the record restores the one in force. If it has ended, another node does so a little later.
struct OverruledRecords {
    private static let patience = Duration.seconds(1)...(.seconds(3))
    /// Who was overruled may try once more: a restored record at once would overtake that, too.
    private static let ownPatience = Duration.milliseconds(500)

    private var dueAt: [Namespace: MonotonicTime] = [:]

    /// The last record of a namespace counts.
    mutating func settle(_ namespace: Namespace) { dueAt[namespace] = nil }

    /// - Parameter isOwn: this node has written it.
    mutating func add(_ namespace: Namespace, isOwn: Bool, _ now: MonotonicTime) {
        let (least, most) = (Self.patience.lowerBound, Self.patience.upperBound)
        // Not all nodes at the same time.
        let wait = isOwn ? Self.ownPatience : least + (most - least) * Double.random(in: 0...1)
        dueAt[namespace] = min(dueAt[namespace] ?? MonotonicTime(nanoseconds: .max), now + wait)
    }

    /// Those that this node is to restore.
    func due(_ now: MonotonicTime) -> [Namespace] { dueAt.filter { $0.value <= now }.map(\.key) }
}
