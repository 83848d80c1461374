/// Pool key: a slot, and the generation of the value that is meant.
package struct PoolKey: Hashable {
    package let slot: Int32
    package let generation: UInt32

    package init(slot: Int32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    package init(_ number: UInt64) {
        self.init(slot: Int32(truncatingIfNeeded: number & 0xFFFF_FFFF), generation: UInt32(number >> 32))
    }

    package var number: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: slot)) }
    package var index: Int { Int(slot) }
}
