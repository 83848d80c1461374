/// Objects at places that stay theirs until they are removed; freed places are used again.
struct Slab<Element: AnyObject> {
    private var slots: [Element?] = []
    private var free: [Int] = []
    private(set) var count = 0

    mutating func insert(_ element: Element) -> Int {
        count += 1
        if let place = free.popLast() {
            slots[place] = element
            return place
        }
        slots.append(element)
        return slots.count - 1
    }

    @discardableResult
    mutating func remove(_ place: Int) -> Element {
        guard let element = slots[place].take() else { preconditionFailure("nothing at \(place)") }
        free.append(place)
        count -= 1
        return element
    }

    func contains(_ place: Int) -> Bool { slots.indices.contains(place) && slots[place] != nil }

    subscript(place: Int) -> Element {
        guard let element = slots[place] else { preconditionFailure("nothing at \(place)") }
        return element
    }

    /// The places in use.
    var places: [Int] { slots.indices.filter { slots[$0] != nil } }
}
