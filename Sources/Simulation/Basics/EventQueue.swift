/// What happens when, the earliest first (a binary heap). What happens at the same time happens in the order in which
/// it was planned.
///
/// The core's `TimerQueue` would do, but generics are not specialised across modules: with it a search of seeds took
/// half as long again.
struct EventQueue<Event> {
    private struct Entry {
        var time: SimulatedTime
        var sequence: Int
        var event: Event

        func isBefore(_ other: Entry) -> Bool {
            time != other.time ? time < other.time : sequence < other.sequence
        }
    }

    private var heap: [Entry] = []
    private var sequence = 0

    var isEmpty: Bool { heap.isEmpty }

    mutating func add(_ event: Event, at time: SimulatedTime) {
        heap.append(Entry(time: time, sequence: sequence, event: event))
        sequence += 1
        var slot = heap.count - 1
        while slot > 0, heap[slot].isBefore(heap[(slot - 1) / 2]) {
            heap.swapAt(slot, (slot - 1) / 2)
            slot = (slot - 1) / 2
        }
    }

    mutating func next() -> (time: SimulatedTime, event: Event)? {
        guard let first = heap.first else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sink()
        return (first.time, first.event)
    }

    private mutating func sink() {
        var slot = 0
        while true {
            var earliest = slot
            for child in [2 * slot + 1, 2 * slot + 2] where child < heap.count && heap[child].isBefore(heap[earliest]) {
                earliest = child
            }
            guard earliest != slot else { return }
            heap.swapAt(slot, earliest)
            slot = earliest
        }
    }
}
