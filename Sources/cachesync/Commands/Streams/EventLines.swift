/// Reads server-sent events (HTML standard) out of the pieces in which they come.
struct EventLines {
    /// One event with its data.
    struct Event: Equatable {
        var name = "message"
        var data: [UInt8] = []
    }

    /// A longer line is none that a gateway writes.
    private static let lineBytesMax = 1 << 20

    /// Where a client goes on that connects anew.
    private(set) var lastID: String?
    private var line: [UInt8] = []
    private var event = Event()
    private var hasData = false
    private var endedWithReturn = false

    /// - Returns: the events that the piece completes; nil for what is no stream of events.
    mutating func readPiece(_ piece: [UInt8]) -> [Event]? {
        var events: [Event] = []
        for byte in piece {
            defer { endedWithReturn = byte == 0x0D }
            if byte == 0x0A, endedWithReturn { continue }
            guard byte == 0x0A || byte == 0x0D else {
                guard line.count < Self.lineBytesMax, event.data.count < Self.lineBytesMax else { return nil }
                line.append(byte)
                continue
            }
            if let event = endLine() { events.append(event) }
        }
        return events
    }

    private mutating func endLine() -> Event? {
        defer { line = [] }
        guard !line.isEmpty else {
            defer { (event, hasData) = (Event(), false) }
            return hasData ? event : nil
        }
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        var value = line.dropFirst(name.count + 1)
        if value.first == 0x20 { value = value.dropFirst() }
        switch String(decoding: name, as: UTF8.self) {
        case "event": event.name = String(decoding: value, as: UTF8.self)
        case "id" where !value.contains(0): lastID = String(decoding: value, as: UTF8.self)
        case "data":
            if hasData { event.data.append(0x0A) }
            event.data += value
            hasData = true
        default: break
        }
        return nil
    }
}
