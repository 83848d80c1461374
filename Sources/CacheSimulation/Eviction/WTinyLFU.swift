internal import Caches

/// W-TinyLFU in bytes: a window, then two segments that only frequent entries enter.
///
/// The window has 1 % of the bytes, and of the others 80 % are protected, as is usual. Counts of hits stand in a sketch
/// that forgets by halves.
package struct WTinyLFU: EvictionPolicy {
    private enum Segment {
        case none
        case window
        case probation
        case protected
    }

    private struct Node {
        var segment = Segment.none
        var hash: UInt64 = 0
        var bytes = 0
    }

    private let windowMax: Int
    private let protectedMax: Int
    private var nodes: [Node] = []
    private var window = LinkedSlots()
    private var probation = LinkedSlots()
    private var protected = LinkedSlots()
    private var windowBytes = 0
    private var protectedBytes = 0
    private var sketch = FrequencySketch()
    /// What the window let go last, until it was compared with the oldest on probation.
    private var candidate: Int?

    package init(limit: Int) {
        windowMax = limit / 100
        protectedMax = (limit - limit / 100) / 5 * 4
    }

    package mutating func insert(_ slot: Int, hash: UInt64, bytes: Int) {
        while nodes.count <= slot { nodes.append(Node()) }
        nodes[slot] = Node(segment: .window, hash: hash, bytes: bytes)
        sketch.ensureCapacity(nodes.count)
        sketch.add(hash)
        window.append(slot)
        windowBytes += bytes
        while windowBytes > windowMax, let oldest = window.first {
            window.remove(oldest)
            windowBytes -= nodes[oldest].bytes
            nodes[oldest].segment = .probation
            probation.append(oldest)
            candidate = oldest
        }
    }

    package mutating func recordHit(_ slot: Int) {
        sketch.add(nodes[slot].hash)
        switch nodes[slot].segment {
        case .none: break
        case .window:
            window.remove(slot)
            window.append(slot)
        case .probation:
            probation.remove(slot)
            nodes[slot].segment = .protected
            protected.append(slot)
            protectedBytes += nodes[slot].bytes
            while protectedBytes > protectedMax, let oldest = protected.first {
                protected.remove(oldest)
                protectedBytes -= nodes[oldest].bytes
                nodes[oldest].segment = .probation
                probation.append(oldest)
            }
        case .protected:
            protected.remove(slot)
            protected.append(slot)
        }
    }

    package mutating func remove(_ slot: Int) {
        switch nodes[slot].segment {
        case .none: break
        case .window:
            window.remove(slot)
            windowBytes -= nodes[slot].bytes
        case .probation: probation.remove(slot)
        case .protected:
            protected.remove(slot)
            protectedBytes -= nodes[slot].bytes
        }
        nodes[slot].segment = .none
        if candidate == slot { candidate = nil }
    }

    package mutating func popVictim() -> Int? {
        if let newest = candidate, let victim = probation.first, nodes[newest].segment == .probation {
            let loser = sketch.count(nodes[newest].hash) > sketch.count(nodes[victim].hash) ? victim : newest
            candidate = nil
            remove(loser)
            return loser
        }
        guard let slot = probation.first ?? protected.first ?? window.first else { return nil }
        remove(slot)
        return slot
    }
}
