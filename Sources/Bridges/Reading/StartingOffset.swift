package import Kafka
package import Mappings

/// Where reading a foreign partition begins: what the group committed, held against what the log holds.
package struct StartingOffset: Equatable {
    package enum Fault: Equatable {
        /// Retention took records that nobody had read.
        case deletedUnread
        /// The committed offset lies beyond the end of the log: it is another one, or has lost its end.
        case beyondEnd
    }

    package var offset: Int64
    package var fault: Fault?

    /// - Parameters:
    ///   - committed: nil where nothing was.
    ///   - isTopicKnown: whether the group has committed an offset of another partition of the topic. Then this
    ///     partition was added, and its first record is new.
    package init(committed: Int64?, marks: Watermarks, isTopicKnown: Bool, start: Mapping.Start) {
        guard let committed else {
            self.init(offset: isTopicKnown || start == .earliest ? marks.low : marks.high)
            return
        }
        if committed < marks.low {
            self.init(offset: marks.low, fault: .deletedUnread)
        } else if committed > marks.high {
            // Nobody knows what was read of it. To purge once more harms nobody.
            self.init(offset: marks.low, fault: .beyondEnd)
        } else {
            self.init(offset: committed)
        }
    }

    private init(offset: Int64, fault: Fault? = nil) {
        self.offset = offset
        self.fault = fault
    }
}
