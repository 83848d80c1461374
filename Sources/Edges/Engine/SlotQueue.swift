/// First in, first out, in constant time on average.
struct SlotQueue {
    private var slots: [Int] = []
    private var head = 0

    var isEmpty: Bool { head == slots.count }

    mutating func append(_ slot: Int) {
        slots.append(slot)
    }

    mutating func popFirst() -> Int? {
        guard head < slots.count else { return nil }
        let slot = slots[head]
        head += 1
        if head == slots.count {
            slots.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 1_024, head * 2 >= slots.count {
            slots.removeFirst(head)
            head = 0
        }
        return slot
    }
}
