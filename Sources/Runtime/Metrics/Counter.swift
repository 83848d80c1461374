import Synchronization

/// A count that only grows. Increments cost one atomic addition.
public final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    init() {}

    public var value: UInt64 { count.load(ordering: .relaxed) }

    public func increment(by amount: UInt64 = 1) {
        count.wrappingAdd(amount, ordering: .relaxed)
    }
}

/// A value that goes up and down.
public final class Gauge: Sendable {
    private let bits = AtomicDouble()

    init() {}

    public var value: Double { bits.value }

    public func set(_ value: Double) { bits.store(value) }

    public func set(_ value: Int) { bits.store(Double(value)) }

    public func add(_ amount: Double) { bits.add(amount) }
}

/// A floating-point number that threads share.
final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func store(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let result = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if result.exchanged { return }
            old = result.original
        }
    }
}
