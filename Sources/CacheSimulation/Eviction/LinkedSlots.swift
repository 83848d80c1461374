/// Slots in order, each at most once; the first one is the oldest.
struct LinkedSlots {
    private var previous: [Int32] = []
    private var next: [Int32] = []
    private var head: Int32 = -1
    private var tail: Int32 = -1

    var first: Int? { head < 0 ? nil : Int(head) }

    mutating func append(_ slot: Int) {
        while next.count <= slot {
            previous.append(-1)
            next.append(-1)
        }
        previous[slot] = tail
        next[slot] = -1
        if tail >= 0 { next[Int(tail)] = Int32(slot) } else { head = Int32(slot) }
        tail = Int32(slot)
    }

    mutating func remove(_ slot: Int) {
        let (before, after) = (previous[slot], next[slot])
        if before >= 0 { next[Int(before)] = after } else { head = after }
        if after >= 0 { previous[Int(after)] = before } else { tail = before }
    }
}
