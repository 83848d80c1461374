/// Offsets of one partition that were read and whose requests are not all acknowledged.
///
/// The requests of a partition's events go to several partitions, which acknowledge in any order.
package struct OffsetWindow {
    /// The offset of the next record to read.
    package private(set) var next: Int64
    /// By offset, how many requests are still to be acknowledged.
    private var open: [Int64: Int] = [:]
    /// In the order of reading; those below `first` have ended.
    private var order: [Int64] = []
    private var first = 0

    package init(next: Int64) {
        self.next = next
    }

    /// The offset below which everything is done.
    package var committable: Int64 { first < order.count ? order[first] : next }

    /// A record was read.
    ///
    /// - Parameter requests: to be acknowledged before it is done; none for a record that asks for nothing.
    package mutating func add(_ offset: Int64, requests: Int) {
        next = max(next, offset < .max ? offset + 1 : offset)
        guard requests > 0 else { return }
        open[offset] = requests
        order.append(offset)
    }

    /// One request of the record has ended.
    package mutating func complete(_ offset: Int64) {
        guard let left = open[offset] else { return }
        open[offset] = left > 1 ? left - 1 : nil
        while first < order.count, open[order[first]] == nil { first += 1 }
        guard first > Self.endedMax || first == order.count else { return }
        order.removeFirst(first)
        first = 0
    }

    /// Ended ones that are kept until they are removed together.
    private static let endedMax = 1_024
}
