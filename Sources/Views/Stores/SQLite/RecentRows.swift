internal import Invalidations

/// Rows of requests that were written last: their next news need no reading.
///
/// They are what the file holds only as long as no other connection has written to it, and every transaction of this
/// one was committed.
struct RecentRows {
    private static let halfMax = 4_096
    /// A request of more edges is read from the file: what is kept must stay small.
    private static let edgesMax = 64
    private static let detailBytesMax = 1_024

    private var records = RecentMap<RequestIdentity, StatusRecord>(halfMax: halfMax)
    private var dataVersion: Int64 = 0

    subscript(identity: RequestIdentity) -> StatusRecord? { records[identity] }

    /// Begins a transaction.
    ///
    /// - Parameter dataVersion: of the file: it differs when another connection has written since.
    mutating func begin(dataVersion: Int64) {
        if dataVersion != self.dataVersion { forget() }
        self.dataVersion = dataVersion
    }

    mutating func keep(_ record: StatusRecord) {
        let isSmall =
            record.edges.count <= Self.edgesMax && record.publication?.details?.utf8.count ?? 0 <= Self.detailBytesMax
        if isSmall { records.set(record, for: record.identity) } else { records.remove(record.identity) }
    }

    mutating func remove(_ identity: RequestIdentity) { records.remove(identity) }

    mutating func forget() {
        if !records.isEmpty { records = RecentMap(halfMax: Self.halfMax) }
    }
}
