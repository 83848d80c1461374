import Basics
import Edges
import Invalidations
import Kafka
import Runtime

/// Tells a worker that its group's members have other edges: then what one of them cannot route, another one can.
///
/// Every member's client id ends with a fingerprint of its edges, which the group's coordinator shows to all.
struct PeerCheck {
    private static let mark = "-worker-"

    private let own: String
    private(set) var differing: [GroupDescription.Member] = []
    /// Requests without an edge here that may have one with another member. They stay unfinished for so long.
    var heldBack: Set<DeliveryNumber> = []
    static let heldBackMax = 1_000

    init(_ edges: [EdgeProfile]) {
        own = Self.fingerprint(edges)
    }

    /// Eight hexadecimal digits that say which namespaces go to which edges; the order of edges means nothing.
    static func fingerprint(_ edges: [EdgeProfile]) -> String {
        let lines = edges.map { edge in
            let namespaces = edge.namespaces.map(\.description).sorted().joined(separator: ",")
            return "\(edge.name) \(edge.accepts.rawValue) \(namespaces)"
        }
        return Hexadecimal.text(FNV1a.hash(lines.sorted().joined(separator: "\n")), width: 8)
    }

    /// What this worker is called in the group.
    static func clientID(_ configuration: WorkerConfiguration) -> String {
        configuration.kafka.clientID + mark + fingerprint(configuration.edges.map(\.profile))
    }

    /// - Returns: whether this is news. Members that show no fingerprint, such as those of older versions, say nothing.
    mutating func update(_ group: GroupDescription) -> Bool {
        let before = differing
        differing = group.members.filter { member in
            let end = member.clientID.suffix(Self.mark.count + own.count)
            return end.hasPrefix(Self.mark) && !end.hasSuffix(own)
        }
        // What they read says nothing of their edges.
        return Set(before.map(\.name)) != Set(differing.map(\.name))
    }
}

extension WorkerLoop {
    /// A request that no edge of this worker is for is no dead letter while other members have other edges: it stays
    /// unfinished, and the next owner of its partition, perhaps this worker with another configuration, reads it again.
    /// A bounded number of them, for offsets behind them wait.
    func holdsBack(_ deadLetter: DeadLetter, _ number: DeliveryNumber) -> Bool {
        guard deadLetter.deadClass == .unroutable, !peers.differing.isEmpty else { return false }
        guard peers.heldBack.contains(number) || peers.heldBack.count < PeerCheck.heldBackMax else { return false }
        if peers.heldBack.insert(number).inserted, peers.heldBack.count == 1 {
            log.error(
                "requests that no edge here is for are held back, as members with other edges may have one: give all "
                    + "members the same edges", ["kafka.group": configuration.group, "reason": deadLetter.reason])
        }
        // Nobody else is to be waited for.
        if source.isLeaving, core.openRecords <= peers.heldBack.count { host.stop() }
        return true
    }

    func compareWithPeers(_ group: GroupDescription) {
        // While a group rebalances, members are missing.
        guard group.state == .stable || group.state == .completingRebalance, peers.update(group) else { return }
        peersDiffering.set(peers.differing.count)
        guard let first = peers.differing.first else { return log.info("all members of the group have the same edges") }
        log.error(
            "members of the group have other edges than this worker: a request that only they can route becomes a dead "
                + "letter here, and the other way round; give all members the same edges, or other groups",
            ["kafka.group": configuration.group, "members": peers.differing.count, "member.host": first.host])
    }
}
