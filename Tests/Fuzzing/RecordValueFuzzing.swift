import Invalidations
import JSON

/// Values of records: requests on the invalidation topics, and snapshots on the progress topic.
enum RecordValueFuzzing {
    private static let time = Timestamp(milliseconds: 1_790_000_000_000)

    static func read(_ bytes: UnsafeRawBufferPointer) {
        request(bytes, arrival: time)
        request(bytes, arrival: nil)
        snapshot(bytes)
    }

    /// What can be read can be written, and is the same when it is read again.
    private static func request(_ bytes: UnsafeRawBufferPointer, arrival: Timestamp?) {
        let decoder = InvalidationDecoder()
        guard var request = try? decoder.decode(record: bytes, time: time, arrival: arrival) else { return }
        // It is told of once: what is written has the time that counts.
        request.implausibleTime = nil
        var writer = JSONWriter(capacity: 256)
        InvalidationEncoder.encode(request, into: &writer)
        // Texts grow where a character is written as an escape.
        guard writer.bytes.count <= Limits.recordBytes else { return }
        let repeated = writer.bytes.withUnsafeBytes { try? decoder.decode(record: $0, time: time) }
        precondition(repeated == request, "a request changes on its way")
    }

    private static func snapshot(_ bytes: UnsafeRawBufferPointer) {
        guard let progress = try? ProgressDecoder().decode(bytes) else { return }
        let record = StatusRecord(progress)
        precondition(record.edges.count == record.cells.count, "each edge has a cell")
        precondition(record.edges.count <= Limits.edges, "edges have a limit")
    }
}
