/// A table of the last entries that were inserted: each new one beyond the capacity takes the place of the oldest.
struct BoundedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var slot: Int
        var value: Value
    }

    private var entries: [Key: Entry] = [:]
    /// In turn, the key of each insertion. A slot whose key stands in another slot since is as good as empty.
    private var slots: [Key?]
    private var next = 0

    init(capacity: Int) {
        precondition(capacity > 0, "a table needs capacity")
        slots = Array(repeating: nil, count: capacity)
    }

    var count: Int { entries.count }

    subscript(key: Key) -> Value? { entries[key]?.value }

    mutating func insert(_ key: Key, _ value: Value) {
        if let oldest = slots[next], entries[oldest]?.slot == next { entries[oldest] = nil }
        slots[next] = key
        entries[key] = Entry(slot: next, value: value)
        next = (next + 1) % slots.count
    }

    /// Changes what stands under the key, without making it younger. Does nothing where nothing stands.
    mutating func update(_ key: Key, _ change: (inout Value) -> Void) {
        guard var entry = entries[key] else { return }
        change(&entry.value)
        entries[key] = entry
    }

    mutating func remove(_ key: Key) {
        entries[key] = nil
    }
}
