internal import Synchronization

/// A fixed pool of single-threaded values, each used by one thread at a time.
///
/// With as many slots as there are threads, nobody waits.
package final class SharedSlots<Value>: Sendable {
    private let slots: [Slot]

    private final class Slot: Sendable {
        let value: Mutex<Value>

        init(_ make: () -> sending Value) {
            value = Mutex(make())
        }
    }

    package init(count: Int, _ make: () -> sending Value) {
        precondition(count > 0, "there must be a slot")
        slots = (0..<count).map { _ in Slot(make) }
    }

    package func use<R: Sendable>(_ body: (inout sending Value) throws -> sending R) rethrows -> R {
        for slot in slots {
            if let result = try slot.value.withLockIfAvailable({ try body(&$0) }) { return result }
        }
        return try slots[0].value.withLock { try body(&$0) }
    }
}
