/// Values at places that stay theirs until they are removed. A place is used again under another generation, so a
/// key that outlived its value is told apart from its successor's.
struct Pool<Element> {
    private var elements = ContiguousArray<Element>()
    /// Odd while the place is in use.
    private var generations = ContiguousArray<UInt32>()
    private var free = ContiguousArray<Int32>()
    private(set) var count = 0

    /// Puts a value in.
    mutating func insert(_ element: Element) -> Int {
        count += 1
        if let place = free.popLast() {
            elements[Int(place)] = element
            generations[Int(place)] &+= 1
            return Int(place)
        }
        elements.append(element)
        generations.append(1)
        return elements.count - 1
    }

    /// Brings back a removed value with what it holds, or puts a new one in: for values whose memory is worth keeping.
    mutating func reuse(or make: () -> Element) -> Int {
        guard let place = free.popLast() else { return insert(make()) }
        count += 1
        generations[Int(place)] &+= 1
        return Int(place)
    }

    /// The value stays where it is until the place is used again: whoever holds much lets go of it first.
    mutating func remove(_ place: Int) {
        precondition(isUsed(place), "nothing at place \(place)")
        generations[place] &+= 1
        free.append(Int32(place))
        count -= 1
    }

    subscript(place: Int) -> Element {
        _read { yield elements[place] }
        _modify { yield &elements[place] }
    }

    func isUsed(_ place: Int) -> Bool { generations[place] & 1 == 1 }

    func key(_ place: Int) -> PoolKey { PoolKey(place: Int32(place), generation: generations[place]) }

    func holds(_ key: PoolKey) -> Bool { generations[Int(key.place)] == key.generation }

    /// The places in use, in their order.
    var places: [Int] { generations.indices.filter { isUsed($0) } }
}

/// A place and which of its users is meant.
struct PoolKey: Hashable {
    let place: Int32
    let generation: UInt32

    init(place: Int32, generation: UInt32) {
        self.place = place
        self.generation = generation
    }

    init(_ number: UInt64) {
        self.init(place: Int32(truncatingIfNeeded: number & 0xFFFF_FFFF), generation: UInt32(number >> 32))
    }

    var number: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: place)) }
    var index: Int { Int(place) }
}
