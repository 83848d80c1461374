/// What is due when, the earliest first (a binary heap). Equal times come out in the order they went in.
package struct TimerQueue<Payload> {
    private struct Entry {
        var due: Int64
        var sequence: UInt64
        var payload: Payload

        func isBefore(_ other: Entry) -> Bool { (due, sequence) < (other.due, other.sequence) }
    }

    private var heap: [Entry] = []
    private var sequence: UInt64 = 0

    package init() {}

    package var count: Int { heap.count }
    /// The earliest time, in the unit of the caller.
    package var nextDue: Int64? { heap.first?.due }

    package mutating func add(_ payload: Payload, due: Int64) {
        heap.append(Entry(due: due, sequence: sequence, payload: payload))
        sequence += 1
        var index = heap.count - 1
        while index > 0, heap[index].isBefore(heap[(index - 1) / 2]) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    package mutating func pop(dueBy now: Int64) -> Payload? {
        guard let first = heap.first, first.due <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sink(from: 0)
        return first.payload
    }

    /// Everything, in the order in which it would have come out.
    package mutating func takeAll() -> [(payload: Payload, due: Int64)] {
        defer { heap.removeAll(keepingCapacity: true) }
        return heap.sorted { $0.isBefore($1) }.map { ($0.payload, $0.due) }
    }

    private mutating func sink(from start: Int) {
        var index = start
        while true {
            var earliest = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child].isBefore(heap[earliest])
            {
                earliest = child
            }
            guard earliest != index else { return }
            heap.swapAt(index, earliest)
            index = earliest
        }
    }
}
