/// S3-FIFO in bytes: a small queue for what is new, a main queue for what was asked for twice.
///
/// A hit changes two bits and moves nothing. What leaves the small queue without a second hit is remembered by its
/// fingerprint; if it comes back soon, it goes to the main queue at once.
package struct S3FIFO: EvictionPolicy {
    /// Share of the bytes that the small queue has.
    private static let smallShare = 10
    private static let hitsMax: UInt8 = 3

    private enum Queue: UInt8 {
        case none
        case small
        case main
    }

    private struct Node {
        var previous: Int32 = -1
        var next: Int32 = -1
        var bytes: UInt32 = 0
        var fingerprint: UInt32 = 0
        var hits: UInt8 = 0
        var queue: Queue = .none
    }

    private struct Line {
        var head: Int32 = -1
        var tail: Int32 = -1
        var bytes = 0
        var count = 0
    }

    private let smallMax: Int
    private var nodes: [Node] = []
    private var small = Line()
    private var main = Line()
    private var ghosts = GhostTable()
    package private(set) var ghostHits = 0

    package init(limit: Int) {
        smallMax = limit / Self.smallShare
    }

    package var byteCount: Int { AllocationSize.array(nodes) + ghosts.byteCount }
    package var entryBytes: Int { small.bytes + main.bytes }
    package var count: Int { small.count + main.count }

    package mutating func insert(_ slot: Int, hash: UInt64, bytes: Int) {
        while nodes.count <= slot { nodes.append(Node()) }
        let fingerprint = UInt32(truncatingIfNeeded: hash)
        nodes[slot] = Node(bytes: UInt32(clamping: bytes), fingerprint: fingerprint)
        let isKnown = ghosts.remove(fingerprint, memory: count)
        if isKnown { ghostHits += 1 }
        append(slot, to: isKnown ? .main : .small)
    }

    package mutating func recordHit(_ slot: Int) {
        if nodes[slot].hits < Self.hitsMax { nodes[slot].hits += 1 }
    }

    func isReused(_ slot: Int) -> Bool { nodes[slot].hits > 0 }

    package mutating func remove(_ slot: Int) {
        switch nodes[slot].queue {
        case .none: preconditionFailure("slot \(slot) is in no queue")
        case .small: Self.unlink(slot, from: &small, &nodes)
        case .main: Self.unlink(slot, from: &main, &nodes)
        }
        nodes[slot].queue = .none
    }

    package mutating func popVictim() -> Int? {
        while true {
            if small.head >= 0, small.bytes > smallMax || main.head < 0 {
                let slot = Int(small.head)
                let node = nodes[slot]
                remove(slot)
                guard node.hits < 2 else {
                    nodes[slot].hits = 0
                    append(slot, to: .main)
                    continue
                }
                ghosts.add(node.fingerprint, memory: count)
                return slot
            }
            guard main.head >= 0 else { return nil }
            let slot = Int(main.head)
            remove(slot)
            guard nodes[slot].hits > 0 else { return slot }
            nodes[slot].hits -= 1
            append(slot, to: .main)
        }
    }

    private mutating func append(_ slot: Int, to queue: Queue) {
        nodes[slot].queue = queue
        if queue == .small { Self.link(slot, to: &small, &nodes) } else { Self.link(slot, to: &main, &nodes) }
    }

    private static func link(_ slot: Int, to line: inout Line, _ nodes: inout [Node]) {
        nodes[slot].previous = line.tail
        nodes[slot].next = -1
        if line.tail >= 0 { nodes[Int(line.tail)].next = Int32(slot) } else { line.head = Int32(slot) }
        line.tail = Int32(slot)
        line.bytes += Int(nodes[slot].bytes)
        line.count += 1
    }

    private static func unlink(_ slot: Int, from line: inout Line, _ nodes: inout [Node]) {
        let node = nodes[slot]
        if node.previous >= 0 { nodes[Int(node.previous)].next = node.next } else { line.head = node.next }
        if node.next >= 0 { nodes[Int(node.next)].previous = node.previous } else { line.tail = node.previous }
        line.bytes -= Int(node.bytes)
        line.count -= 1
    }
}
