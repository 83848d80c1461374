/// Something that happens to the group or the log, whatever else goes on.
struct PlannedFault {
    enum Kind: String, CaseIterable {
        /// A worker dies between two events.
        case crash
        /// A worker loses its membership and does not notice for a while.
        case fence
        /// One more worker joins.
        case join
        /// A worker finishes what it has and leaves; another one comes instead.
        case drain
        /// Nobody leaves, and the partitions are dealt out anew all the same.
        case rebalance
        /// Retention takes records that nobody has read.
        case truncate
        /// The end of a partition is lost, as after an unclean change of leaders: its offsets are used again.
        case rollBack
        /// An invalidation topic is deleted and made again, with or without the group's offsets.
        case remake
    }

    var time: SimulatedTime
    var kind: Kind
}
