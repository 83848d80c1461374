/// A queue with cheap ends, for what waits in order.
package struct RingBuffer<Element> {
    /// Its size is a power of two, or zero.
    private var slots: [Element?] = []
    private var head = 0
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }
    package var first: Element? { count == 0 ? nil : slots[head] }
    package var last: Element? { count == 0 ? nil : self[count - 1] }

    package subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count, "place \(index) of \(count)")
            return slots[(head + index) & (slots.count - 1)]!
        }
        set {
            precondition(index >= 0 && index < count, "place \(index) of \(count)")
            slots[(head + index) & (slots.count - 1)] = newValue
        }
    }

    package mutating func append(_ element: Element) {
        growIfFull()
        slots[(head + count) & (slots.count - 1)] = element
        count += 1
    }

    package mutating func prepend(_ element: Element) {
        growIfFull()
        head = (head + slots.count - 1) & (slots.count - 1)
        slots[head] = element
        count += 1
    }

    package mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = slots[head].take()
        head = (head + 1) & (slots.count - 1)
        count -= 1
        return element
    }

    package mutating func popLast() -> Element? {
        guard count > 0 else { return nil }
        count -= 1
        return slots[(head + count) & (slots.count - 1)].take()
    }

    private mutating func growIfFull() {
        guard count == slots.count else { return }
        var larger: [Element?] = []
        larger.reserveCapacity(max(4, count * 2))
        for index in 0..<count { larger.append(slots[(head + index) & (slots.count - 1)]) }
        larger.append(contentsOf: repeatElement(nil, count: max(4, count * 2) - count))
        slots = larger
        head = 0
    }
}

extension RingBuffer: Sendable where Element: Sendable {}
