/// Values at places that stay theirs until they are removed. A place is used again under another generation, so a
/// key that outlived its value is told apart from its successor's.
///
/// Its memory is its own: an array would check for every change whether somebody else holds a copy, and the core makes
/// a hundred of them for each record.
struct Pool<Element>: ~Copyable {
    private var elements: UnsafeMutablePointer<Element>
    /// Odd while the place is in use.
    private var generations: UnsafeMutablePointer<UInt32>
    private var capacity = 16
    /// Places that have held something.
    private var made = 0
    private var free = ContiguousArray<Int32>()
    private(set) var count = 0

    init() {
        elements = .allocate(capacity: capacity)
        generations = .allocate(capacity: capacity)
    }

    deinit {
        elements.deinitialize(count: made)
        elements.deallocate()
        generations.deallocate()
    }

    /// Puts a value in.
    mutating func insert(_ element: consuming Element) -> Int {
        count += 1
        if let place = free.popLast() {
            elements[Int(place)] = element
            generations[Int(place)] &+= 1
            return Int(place)
        }
        if made == capacity { grow() }
        (elements + made).initialize(to: element)
        generations[made] = 1
        made += 1
        return made - 1
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
        _read {
            check(place)
            yield elements[place]
        }
        _modify {
            check(place)
            yield &elements[place]
        }
    }

    func isUsed(_ place: Int) -> Bool {
        check(place)
        return generations[place] & 1 == 1
    }

    func key(_ place: Int) -> PoolKey {
        check(place)
        return PoolKey(place: Int32(place), generation: generations[place])
    }

    func holds(_ key: PoolKey) -> Bool {
        check(key.index)
        return generations[key.index] == key.generation
    }

    /// The places in use, in their order.
    var places: [Int] { (0..<made).filter { generations[$0] & 1 == 1 } }

    @inline(__always)
    private func check(_ place: Int) {
        precondition(UInt(bitPattern: place) < UInt(bitPattern: made), "no place has that number")
    }

    private mutating func grow() {
        let more = capacity * 2
        let largerElements = UnsafeMutablePointer<Element>.allocate(capacity: more)
        largerElements.moveInitialize(from: elements, count: made)
        elements.deallocate()
        elements = largerElements
        let largerGenerations = UnsafeMutablePointer<UInt32>.allocate(capacity: more)
        largerGenerations.moveInitialize(from: generations, count: made)
        generations.deallocate()
        generations = largerGenerations
        capacity = more
    }
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
