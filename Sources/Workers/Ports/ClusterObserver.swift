package import Kafka

/// Looks at the cluster beside the loop, which waits for no answer. Kafka stands behind it, or a simulated log.
package protocol ClusterObserver: AnyObject {
    /// Asks, unless an earlier question has no answer yet. `wake` is called, on any thread, when `takeFindings` has
    /// something.
    func ask(_ question: ClusterQuestion, wake: @escaping @Sendable () -> Void)
    /// What was found out since the last call; nil for nothing.
    func takeFindings() -> ClusterFindings?
    /// Who is in the group; nil when nobody says so soon. Waits for the answer.
    func describe(_ group: String) -> GroupDescription?
}

/// What a worker wants to know of the cluster.
package struct ClusterQuestion: Sendable {
    /// How far a partition is read, and how its log is recognized.
    package struct Position: Sendable {
        package var next: Int64
        package var mark: LogMark

        package init(next: Int64, mark: LogMark) {
            (self.next, self.mark) = (next, mark)
        }
    }

    /// The number of the assignment in which it was asked.
    package var assignment = 0
    package var positions: [TopicPartition: Position] = [:]
    /// Nil where nobody wants to know.
    package var group: String?
}

/// What was found out of the cluster.
package struct ClusterFindings: Sendable {
    package var assignment = 0
    /// By partition: where older records had been read stand newer ones, from this offset on.
    package var goneBack: [TopicPartition: Int64] = [:]
    /// By partition: the log was still the same when it had been read so far.
    package var anchors: [TopicPartition: LogMark.Anchor] = [:]
    /// By topic; nil when nobody answered.
    package var partitionCounts: [String: Int]?
    package var group: GroupDescription?

    package init(assignment: Int) {
        self.assignment = assignment
    }

    /// Holds positions against the logs.
    ///
    /// - Parameter newerThan: asks for the first offsets of records that are newer; nil when nobody answers.
    package mutating func compare(
        _ positions: [TopicPartition: ClusterQuestion.Position],
        newerThan: ([TopicPartition: Int64]) -> [TopicPartition: Int64]?
    ) {
        guard let thanAnchors = newerThan(positions.mapValues(\.mark.anchor.time)),
            let thanNewest = newerThan(positions.mapValues(\.mark.newest))
        else { return }
        for (partition, position) in positions {
            var newer = StartingPoint.Newer()
            (newer.thanAnchor, newer.thanNewest) = (thanAnchors[partition], thanNewest[partition])
            if let other = newer.otherFrom(position.next, position.mark) {
                goneBack[partition] = other
            } else if position.next >= position.mark.anchor.offset {
                // Who reads again what was read before knows more of the log than its own position says.
                anchors[partition] = LogMark.Anchor(offset: position.next, time: position.mark.newest)
            }
        }
    }
}
