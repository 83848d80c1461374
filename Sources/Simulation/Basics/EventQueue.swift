/// What happens when, the earliest first (a binary heap). What happens at the same time happens in the order in which
/// it was planned.
///
/// The core's `TimerQueue` would do, but generics are not specialised across modules: with it a search of seeds took
/// half as long again.
struct EventQueue<Event> {
    /// Small and plain, because the heap moves it often.
    private struct Entry {
        var time: SimulatedTime
        var sequence: Int
        /// Where the event stands in `events`.
        var slot: Int

        func isBefore(_ other: Entry) -> Bool {
            time != other.time ? time < other.time : sequence < other.sequence
        }
    }

    private var heap: [Entry] = []
    private var events: [Event?] = []
    private var freeSlots: [Int] = []
    private var sequence = 0

    var isEmpty: Bool { heap.isEmpty }

    mutating func add(_ event: Event, at time: SimulatedTime) {
        let eventSlot = freeSlots.popLast() ?? events.count
        if eventSlot == events.count { events.append(event) } else { events[eventSlot] = event }
        heap.append(Entry(time: time, sequence: sequence, slot: eventSlot))
        sequence += 1
        var slot = heap.count - 1
        while slot > 0, heap[slot].isBefore(heap[(slot - 1) / 2]) {
            heap.swapAt(slot, (slot - 1) / 2)
            slot = (slot - 1) / 2
        }
    }

    mutating func next() -> (time: SimulatedTime, event: Event)? {
        guard let first = heap.first, let event = events[first.slot] else { return nil }
        events[first.slot] = nil
        freeSlots.append(first.slot)
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sink()
        return (first.time, event)
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
