/// What a number handed to the producer stands for: a record's place, and what of it is on the way.
struct DeliveryTicket {
    enum Kind: UInt64 {
        case deadLetter, last, interim
    }

    let record: Int
    let kind: Kind

    init(record: Int, kind: Kind) {
        self.record = record
        self.kind = kind
    }

    init(_ number: DeliveryNumber) {
        guard let kind = Kind(rawValue: number & 3) else { preconditionFailure("no delivery has number \(number)") }
        self.init(record: Int(number >> 2), kind: kind)
    }

    var number: DeliveryNumber { DeliveryNumber(record) << 2 | kind.rawValue }
}
