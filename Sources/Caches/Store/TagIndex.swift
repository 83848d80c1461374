/// Tag index of a shard: which slots carry which tag, and when each tag was last invalidated.
///
/// A slot and a tag share an edge, which is in the list of both. So a slot leaves all its tags without a search, a tag
/// without slots is gone at once, and counts are exact.
struct TagIndex {
    struct Record {
        var name: String
        var hash: UInt64
        var namespace: UInt32
        var count: Int32 = 0
        /// The shard's tick at the last invalidation; zero is never.
        var lastTick: UInt64 = 0
        /// Edges in the order in which their slots came.
        var head: Int32 = -1
        var tail: Int32 = -1
    }

    private struct Edge {
        var slot: Int32
        var tag: Int32
        var previous: Int32
        var next: Int32
        var nextOfSlot: Int32
    }

    private let hasher: SipHash
    private var records: [Record] = []
    private var freeRecords: [Int32] = []
    private var table = ProbeTable()
    private var edges: [Edge] = []
    private var firstFreeEdge: Int32 = -1
    private(set) var edgeCount = 0
    /// Texts that are too long to be part of their record.
    private var textBytes = 0

    init(hasher: SipHash) {
        self.hasher = hasher
    }

    var byteCount: Int {
        AllocationSize.array(records) + AllocationSize.array(freeRecords) + AllocationSize.array(edges)
            + table.byteCount + textBytes
    }

    var count: Int { table.count }

    func hash(_ name: String, _ namespace: UInt32) -> UInt64 { hasher.hash(name, domain: UInt64(namespace) &+ 1) }

    func find(_ name: String, _ namespace: UInt32) -> Int? { find(name, namespace, hash(name, namespace)) }

    func find(_ name: String, _ namespace: UInt32, _ hash: UInt64) -> Int? {
        table.find(hash) { records[$0].namespace == namespace && records[$0].name == name }
    }

    func record(_ tag: Int) -> Record { records[tag] }

    mutating func invalidate(_ tag: Int, tick: UInt64) {
        records[tag].lastTick = tick
    }

    /// The slot that came first of those that carry the tag.
    func firstSlot(_ tag: Int) -> Int? { records[tag].head < 0 ? nil : Int(edges[Int(records[tag].head)].slot) }

    /// - Parameter tags: each once.
    /// - Returns: the first edge of the slot.
    mutating func attach(_ slot: Int, _ tags: [String], _ namespace: UInt32) -> Int32 {
        var first: Int32 = -1
        for name in tags.reversed() {
            let tag = intern(name, namespace)
            let edge = makeEdge(
                Edge(
                    slot: Int32(slot), tag: Int32(tag), previous: records[tag].tail, next: -1, nextOfSlot: first))
            if records[tag].tail >= 0 {
                edges[Int(records[tag].tail)].next = edge
            } else {
                records[tag].head = edge
            }
            records[tag].tail = edge
            records[tag].count += 1
            first = edge
        }
        return first
    }

    /// - Parameter isAwaited: whether somebody must know what happened to tags that no slot carries any more.
    /// - Returns: those tags that were invalidated once.
    mutating func detach(_ firstEdge: Int32, isAwaited: Bool) -> [(hash: UInt64, lastTick: UInt64)] {
        var released: [(hash: UInt64, lastTick: UInt64)] = []
        var next = firstEdge
        while next >= 0 {
            let index = Int(next)
            let edge = edges[index]
            let tag = Int(edge.tag)
            if edge.previous >= 0 {
                edges[Int(edge.previous)].next = edge.next
            } else {
                records[tag].head = edge.next
            }
            if edge.next >= 0 {
                edges[Int(edge.next)].previous = edge.previous
            } else {
                records[tag].tail = edge.previous
            }
            records[tag].count -= 1
            edges[index].nextOfSlot = firstFreeEdge
            edges[index].slot = -1
            firstFreeEdge = next
            edgeCount -= 1
            if records[tag].count == 0 {
                let record = records[tag]
                if isAwaited, record.lastTick > 0 { released.append((record.hash, record.lastTick)) }
                release(tag)
            }
            next = edge.nextOfSlot
        }
        return released
    }

    /// Whether one of the slot's tags was invalidated behind the tick.
    func isInvalidated(_ firstEdge: Int32, since tick: UInt64) -> Bool {
        var next = firstEdge
        while next >= 0 {
            if records[Int(edges[Int(next)].tag)].lastTick > tick { return true }
            next = edges[Int(next)].nextOfSlot
        }
        return false
    }

    /// The text that all entries with the tag share, where some entry has it.
    func shared(_ name: String, _ namespace: UInt32) -> String {
        find(name, namespace).map { records[$0].name } ?? name
    }

    private mutating func intern(_ name: String, _ namespace: UInt32) -> Int {
        let hash = hash(name, namespace)
        if let tag = find(name, namespace, hash) { return tag }
        let record = Record(name: name, hash: hash, namespace: namespace)
        let tag: Int
        if let free = freeRecords.popLast() {
            tag = Int(free)
            records[tag] = record
        } else {
            tag = records.count
            records.append(record)
        }
        table.insert(tag, hash)
        textBytes += AllocationSize.text(name)
        return tag
    }

    private mutating func release(_ tag: Int) {
        table.remove(tag, records[tag].hash)
        textBytes -= AllocationSize.text(records[tag].name)
        records[tag] = Record(name: "", hash: 0, namespace: 0)
        freeRecords.append(Int32(tag))
    }

    private mutating func makeEdge(_ edge: Edge) -> Int32 {
        edgeCount += 1
        guard firstFreeEdge >= 0 else {
            edges.append(edge)
            return Int32(edges.count - 1)
        }
        let index = firstFreeEdge
        firstFreeEdge = edges[Int(index)].nextOfSlot
        edges[Int(index)] = edge
        return index
    }

    /// What does not agree with itself; nil where all does.
    func inconsistency() -> String? {
        var seen = 0
        for (tag, record) in records.enumerated() where record.count > 0 || record.head >= 0 {
            var walked: Int32 = 0
            var previous: Int32 = -1
            var next = record.head
            while next >= 0 {
                let edge = edges[Int(next)]
                if Int(edge.tag) != tag || edge.previous != previous || edge.slot < 0 { return "edge \(next)" }
                (previous, next) = (next, edge.next)
                walked += 1
            }
            if walked != record.count || previous != record.tail { return "count of tag \(record.name)" }
            if find(record.name, record.namespace) != tag { return "tag \(record.name) is not found" }
            seen += Int(walked)
        }
        if records.count - freeRecords.count != table.count { return "tags without entries" }
        return seen == edgeCount ? nil : "edges: \(seen) of \(edgeCount)"
    }
}
