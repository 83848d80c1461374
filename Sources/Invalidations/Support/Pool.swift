/// Pool: values in slots that stay theirs until they are removed.
///
/// A slot is used again under another generation, so a key that outlived its value is told apart from its successor's.
///
/// Its memory is its own: an array would check for every change whether somebody else holds a copy, and the core makes
/// a hundred of them for each record. It grows by chunks, because moving tens of thousands of records to a larger place
/// would keep everybody waiting for tens of milliseconds.
package struct Pool<Element>: ~Copyable {
    private static var chunkShift: Int { 8 }
    private static var chunkSize: Int { 1 << chunkShift }

    private var chunks: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
    private var chunksMax = 16
    private var chunkCount = 0
    /// Odd while the slot is in use. They are few bytes each, and read as a whole: one piece of memory, which moves
    /// when it grows.
    private var generations: UnsafeMutablePointer<UInt32>
    private var generationsMax = 256
    /// Slots that have held a value.
    private var made = 0
    private var free = ContiguousArray<Int32>()
    package private(set) var count = 0

    package init() {
        chunks = .allocate(capacity: chunksMax)
        generations = .allocate(capacity: generationsMax)
    }

    deinit {
        for number in 0..<chunkCount {
            let used = min(Self.chunkSize, made - (number << Self.chunkShift))
            chunks[number].deinitialize(count: used)
            chunks[number].deallocate()
        }
        chunks.deallocate()
        generations.deallocate()
    }

    /// Puts a value in.
    package mutating func insert(_ element: consuming Element) -> Int {
        count += 1
        if let slot = free.popLast() {
            pointer(Int(slot)).pointee = element
            generations[Int(slot)] &+= 1
            return Int(slot)
        }
        if made == chunkCount << Self.chunkShift { addChunk() }
        pointer(made).initialize(to: element)
        (generations + made).initialize(to: 1)
        made += 1
        return made - 1
    }

    /// Brings back a removed value with what it holds, or puts a new one in: for values whose memory is worth keeping.
    package mutating func reuse(or make: () -> Element) -> Int {
        guard let slot = free.popLast() else { return insert(make()) }
        count += 1
        generations[Int(slot)] &+= 1
        return Int(slot)
    }

    /// The value stays where it is until the slot is used again: a caller whose value holds much memory frees it first.
    package mutating func remove(_ slot: Int) {
        precondition(isUsed(slot), "slot \(slot) is empty")
        generations[slot] &+= 1
        free.append(Int32(slot))
        count -= 1
    }

    package subscript(slot: Int) -> Element {
        _read {
            check(slot)
            yield pointer(slot).pointee
        }
        _modify {
            check(slot)
            yield &pointer(slot).pointee
        }
    }

    package func isUsed(_ slot: Int) -> Bool {
        check(slot)
        return generations[slot] & 1 == 1
    }

    package func key(_ slot: Int) -> PoolKey {
        check(slot)
        return PoolKey(slot: Int32(slot), generation: generations[slot])
    }

    package func holds(_ key: PoolKey) -> Bool {
        check(key.index)
        return generations[key.index] == key.generation
    }

    /// The slots in use, in their order.
    package var indices: [Int] { (0..<made).filter { generations[$0] & 1 == 1 } }

    @inline(__always)
    private func check(_ slot: Int) {
        precondition(UInt(bitPattern: slot) < UInt(bitPattern: made), "no slot has that number")
    }

    @inline(__always)
    private func pointer(_ slot: Int) -> UnsafeMutablePointer<Element> {
        chunks[slot >> Self.chunkShift] + (slot & (Self.chunkSize - 1))
    }

    /// What is in the other chunks stays where it is.
    private mutating func addChunk() {
        if chunkCount == chunksMax { Self.grow(&chunks, count: chunkCount, capacity: &chunksMax) }
        (chunks + chunkCount).initialize(to: .allocate(capacity: Self.chunkSize))
        chunkCount += 1
        if made == generationsMax { Self.grow(&generations, count: made, capacity: &generationsMax) }
    }

    private static func grow<T>(_ memory: inout UnsafeMutablePointer<T>, count: Int, capacity: inout Int) {
        capacity *= 2
        let larger = UnsafeMutablePointer<T>.allocate(capacity: capacity)
        larger.moveInitialize(from: memory, count: count)
        memory.deallocate()
        memory = larger
    }
}
