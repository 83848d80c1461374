import Invalidations
import TestSupport
import Testing

/// Pool, against a dictionary of what is in it.
struct PoolTests {
    @Test func aKeyOutlivesItsValueAndFindsNoOther() {
        var random = SeededGenerator.printed("pool")
        for _ in 0..<20 {
            var pool = Pool<String>()
            var model: [Int: (key: PoolKey, value: String)] = [:]
            var removed: [PoolKey] = []
            for number in 0..<1_000 {
                if model.isEmpty || Int.random(in: 0..<5, using: &random) > 1 {
                    let slot = pool.insert("\(number)")
                    #expect(model[slot]?.value == nil, "a slot in use was given away, seed \(random.seed)")
                    model[slot] = (pool.key(slot), "\(number)")
                } else if let slot = model.keys.sorted().randomElement(using: &random), let known = model[slot] {
                    let value = pool[slot]
                    #expect(value == known.value, "seed \(random.seed)")
                    pool.remove(slot)
                    removed.append(known.key)
                    model[slot] = nil
                }
            }
            let (count, indices) = (pool.count, pool.indices)
            #expect(count == model.count && indices == model.keys.sorted(), "seed \(random.seed)")
            for (slot, known) in model {
                let isKept = pool.holds(known.key) && pool[slot] == known.value
                #expect(isKept, "slot \(slot), seed \(random.seed)")
            }
            for key in removed {
                let isHeld = pool.holds(key)
                #expect(!isHeld, "\(key), seed \(random.seed)")
            }
        }
    }

    @Test func aReusedSlotBringsItsValueBack() {
        var pool = Pool<[Int]>()
        let slot = pool.insert([1, 2])
        let key = pool.key(slot)
        pool.remove(slot)
        let reused = pool.reuse { [] }
        let (value, isOld) = (pool[slot], pool.holds(key))
        #expect(reused == slot && value == [1, 2] && !isOld)
        let other = pool.reuse { [3] }
        let otherValue = pool[other]
        #expect(other != slot && otherValue == [3])
    }
}
