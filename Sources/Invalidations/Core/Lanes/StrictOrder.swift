/// Strict order: the deferred requests of strict namespaces that have not ended. While one waits, no later one is sent.
///
/// A set of offsets, not a counter: a record may be read twice, and what is counted twice never ends.
package struct StrictOrder {
    package struct Line: Hashable {
        let partition: Int32
        let namespace: Namespace
        let edge: Int
        let priority: Int

        package init(partition: Int32, namespace: Namespace, edge: Int, priority: Int) {
            self.partition = partition
            self.namespace = namespace
            self.edge = edge
            self.priority = priority
        }
    }

    /// Never empty.
    private var outstanding: [Line: OffsetQueue] = [:]
    /// Offsets in all lines.
    private(set) var count = 0

    /// The earliest request that still has to end.
    func head(_ line: Line) -> Int64? { outstanding[line]?.first }

    mutating func insert(_ offset: Int64, _ line: Line) {
        if outstanding[line, default: OffsetQueue()].insert(offset) { count += 1 }
    }

    /// - Returns: the one whose turn it is now, if the line moved on.
    mutating func remove(_ offset: Int64, _ line: Line) -> Int64? {
        guard let head = outstanding[line]?.first, outstanding[line]?.remove(offset) ?? false else { return nil }
        count -= 1
        let next = outstanding[line]?.first
        if next == nil { outstanding[line] = nil }
        return offset == head ? next : nil
    }

    /// For the inventory: each line with what stands in it.
    var lines: [String] {
        outstanding.map { line, offsets in
            "strict line \(line.partition) \(line.namespace) edge \(line.edge) priority \(line.priority): from "
                + "\(offsets.first ?? -1), \(offsets.count)"
        }.sorted()
    }

    mutating func forget(partitions: Set<Int32>) {
        outstanding = outstanding.filter { !partitions.contains($0.key.partition) }
        count = outstanding.reduce(0) { $0 + $1.value.count }
    }
}

/// A set of offsets with its smallest at hand: a binary heap, in which a removed offset stays until it comes to the
/// top.
package struct OffsetQueue {
    private var heap: [Int64] = []
    private var members: Set<Int64> = []

    package init() {}

    package var first: Int64? { heap.first }
    package var count: Int { members.count }

    /// - Returns: whether it is new.
    package mutating func insert(_ offset: Int64) -> Bool {
        guard members.insert(offset).inserted else { return false }
        heap.append(offset)
        var index = heap.count - 1
        while index > 0, heap[index] < heap[(index - 1) / 2] {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
        return true
    }

    /// - Returns: whether it was there.
    package mutating func remove(_ offset: Int64) -> Bool {
        guard members.remove(offset) != nil else { return false }
        while let first = heap.first, !members.contains(first) { dropFirst() }
        // Removed in the middle, again and again, they would pile up behind one that stays.
        if heap.count > 2 * members.count + 64 { heap = members.sorted() }
        return true
    }

    private mutating func dropFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            guard least != index else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
