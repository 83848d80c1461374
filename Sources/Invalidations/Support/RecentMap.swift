/// What was noted lately, bounded by two halves: the older one is dropped when the newer one is full.
///
/// Its memory is set aside at once, and used again: to find a larger place for all of it, now and then, would take
/// milliseconds each time.
package struct RecentMap<Key: Hashable, Value> {
    private let halfMax: Int
    package private(set) var newer: [Key: Value]
    package private(set) var older: [Key: Value]

    package init(halfMax: Int) {
        self.halfMax = halfMax
        newer = Dictionary(minimumCapacity: halfMax)
        older = Dictionary(minimumCapacity: halfMax)
    }

    package var isEmpty: Bool { newer.isEmpty && older.isEmpty }

    /// The latest of that key.
    package subscript(key: Key) -> Value? { newer[key] ?? older[key] }

    package mutating func set(_ value: Value, for key: Key) {
        newer[key] = value
        guard newer.count >= halfMax else { return }
        swap(&older, &newer)
        newer.removeAll(keepingCapacity: true)
    }

    package mutating func remove(_ key: Key) {
        newer[key] = nil
        older[key] = nil
    }
}
