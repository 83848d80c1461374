package import Invalidations

/// Which partition is read next, and which need not be looked at.
///
/// A partition is in line while records may wait in its queue; drained when its queue was found empty, until
/// something comes; held back while the core has no capacity for it, with its records left where they are.
package struct ReadingOrder {
    private enum State {
        case inLine, drained, heldBack
    }

    package let partitions: [SourcePartition]
    private var states: [State]
    private var shares: ReadingShares
    /// By topic, the partitions in line, in turn.
    private var lines: [[Int]]
    private var heldBack: [Int] = []
    private var nextProbe = 0

    /// - Parameter shares: one weight for each topic.
    package init(_ partitions: [SourcePartition], weights: [Double]) {
        self.partitions = partitions
        states = Array(repeating: .drained, count: partitions.count)
        shares = ReadingShares(weights: weights)
        lines = Array(repeating: [], count: weights.count)
        wake()
    }

    /// Something is in line to be read.
    package var hasNext: Bool { lines.contains { !$0.isEmpty } }

    /// Something came, nobody says to which partition: what was drained gets back in line.
    ///
    /// - Parameter topic: nil for all of them.
    package mutating func wake(topic: Int? = nil) {
        for index in states.indices where states[index] == .drained {
            if topic == nil || partitions[index].topic == topic { line(up: index) }
        }
    }

    /// All partitions get in line, because all are read from a new place.
    package mutating func begin() {
        wake()
        release { _ in 1 }
    }

    /// The place of the partition to be read next, the first of its topic's line. It must be answered by one of the
    /// three calls that follow before the next one.
    ///
    /// - Parameter isOpenTo: topics that are not asked for now keep their lines.
    package mutating func next(isOpenTo topics: (_ topic: Int) -> Bool = { _ in true }) -> Int? {
        let lines = lines
        return shares.next { !lines[$0].isEmpty && topics($0) }.map { lines[$0][0] }
    }

    /// So many records were read, and there may be more: the partition goes to the end of its line.
    package mutating func read(_ index: Int, records: Int) {
        shares.charge(leaveLine(index), records: records)
        line(up: index)
    }

    /// The queue is empty, after so many records.
    package mutating func drained(_ index: Int, records: Int) {
        shares.charge(leaveLine(index), records: records)
        states[index] = .drained
    }

    /// The core has no capacity for more.
    package mutating func hold(_ index: Int) {
        _ = leaveLine(index)
        states[index] = .heldBack
        heldBack.append(index)
    }

    /// Everything that was held back and has capacity again gets back in line.
    package mutating func release(_ capacity: (SourcePartition) -> Int) {
        guard !heldBack.isEmpty else { return }
        let indices = heldBack
        heldBack.removeAll()
        for index in indices {
            if capacity(partitions[index]) > 0 { line(up: index) } else { heldBack.append(index) }
        }
    }

    /// Whether one of a few that are held back has capacity again; each call looks at the next few, so that it costs
    /// the same however many there are.
    package mutating func probe(_ capacity: (SourcePartition) -> Int) -> Bool {
        for _ in 0..<min(heldBack.count, 4) {
            nextProbe = (nextProbe + 1) % heldBack.count
            if capacity(partitions[heldBack[nextProbe]]) > 0 { return true }
        }
        return false
    }

    private mutating func line(up index: Int) {
        states[index] = .inLine
        lines[partitions[index].topic].append(index)
    }

    private mutating func leaveLine(_ index: Int) -> Int {
        let topic = partitions[index].topic
        precondition(lines[topic].first == index, "the first in line is read first")
        lines[topic].removeFirst()
        return topic
    }
}
