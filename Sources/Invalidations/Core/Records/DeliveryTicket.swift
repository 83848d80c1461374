/// Delivery ticket: the record, and the kind of message, that a producer's number stands for.
struct DeliveryTicket {
    enum Kind: UInt64 {
        case retryRecord, deadLetter, lastReport, interimReport
    }

    let record: PoolKey
    let kind: Kind

    /// Generations are cut to what fits beside the place and the kind; a billion uses of a place tell apart enough.
    private static let generationBits: UInt64 = 30

    init(record: PoolKey, kind: Kind) {
        self.record = record
        self.kind = kind
    }

    init(_ number: DeliveryNumber) {
        guard let kind = Kind(rawValue: number & 3) else { preconditionFailure("no delivery has number \(number)") }
        let generation = (number >> 2) & ((1 << Self.generationBits) - 1)
        record = PoolKey(
            slot: Int32(truncatingIfNeeded: number >> (2 + Self.generationBits)), generation: UInt32(generation))
        self.kind = kind
    }

    var number: DeliveryNumber {
        let generation = UInt64(record.generation) & ((1 << Self.generationBits) - 1)
        return UInt64(UInt32(bitPattern: record.slot)) << (2 + Self.generationBits) | generation << 2 | kind.rawValue
    }

    /// Whether the record is still the one that was meant.
    func isOf(_ key: PoolKey) -> Bool {
        UInt64(key.generation) & ((1 << Self.generationBits) - 1) == UInt64(record.generation)
    }
}
