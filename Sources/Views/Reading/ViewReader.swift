public import Invalidations
internal import Storage

/// The reading side of a status view.
///
/// Opens the file when it is first asked, and anew when another one was renamed over it, so it may be made before
/// the view exists. Not `Sendable`: one thread at a time uses it. Every call throws `StorageError`: `cannotOpen`
/// while there is no view.
public final class ViewReader {
    private let path: String
    private var view: OpenView?

    public init(path: String) {
        self.path = path
    }

    /// What the view says about an id.
    ///
    /// - Parameters:
    ///   - namespace: whose request is meant. Nil for any: of several the one that was heard of first.
    ///   - firstAskedAt: when somebody asked for the id for the first time: of an id that holds no time, what was
    ///     published before that is looked for. Nil finds such an id unknown at once.
    ///   - now: the caller's wall clock.
    public func lookup(
        _ id: RequestID, in namespace: Namespace? = nil, firstAskedAt: Timestamp? = nil, now: Timestamp = .now()
    ) throws -> StatusLookup {
        try withView { view in
            // One snapshot: were the watermark read from a later one than the row, a new id could seem unknown.
            try view.connection.snapshot {
                let records = try view.table.records(id, max: Self.namespacesMax)
                var record = records.first
                if let namespace {
                    record = try view.table.record(RequestIdentity(id: id, namespace: namespace))
                }
                if let record {
                    return .found(record, alsoIn: records.map(\.namespace).filter { $0 != record.namespace })
                }
                return LookupRule.verdict(on: id, firstAskedAt: firstAskedAt, folded: try view.watermark(), now: now)
            }
        }
    }

    /// More namespaces that share an id are not looked at: ids are random, so a shared one is no accident.
    private static let namespacesMax = 16

    /// The latest request of the namespace that was published with that idempotency key; nil where none was.
    public func find(key: String, in namespace: Namespace) throws -> StatusRecord? {
        try withView { try $0.table.record(ofKey: key, in: namespace) }
    }

    /// The time whose records are all folded in; nil if there was none yet.
    public func watermark() throws -> Timestamp? {
        try withView { try $0.watermark() }
    }

    /// One page of requests, newest first.
    public func list(_ query: StatusQuery) throws -> StatusPage {
        try withView { view in
            try view.connection.snapshot {
                var records: [StatusRecord] = []
                // Each status is a range of an index; the page is the newest of all ranges.
                for status in query.statuses { records += try view.newest(status, query, max: query.limit + 1) }
                records.sort { ($0.listedAt, $0.id, $0.namespace.name) > ($1.listedAt, $1.id, $1.namespace.name) }
                let page = Array(records.prefix(query.limit))
                return StatusPage(
                    records: page,
                    next: records.count > page.count ? page.last.map { StatusCursor(after: $0) } : nil,
                    asOf: try view.watermark())
            }
        }
    }

    /// How many requests are in each status.
    public func counts() throws -> [RequestStatus: Int] {
        try withView { try $0.counts() }
    }

    /// How far the view is with each partition of its topics.
    public func watermarks() throws -> [PartitionWatermark] {
        try withView { try $0.watermarks() }
    }

    /// Calls `body` with every record, in the order of the ids, as they all were at one moment.
    public func forEachRecord(_ body: (StatusRecord) throws -> Void) throws {
        try withView { view in
            try view.connection.snapshot { try view.forEachRecord(body) }
        }
    }

    /// Differs from an earlier answer if the view has changed since; cheap enough to ask many times a second.
    public func version() throws -> ViewVersion {
        try withView { ViewVersion(file: $0.identity, data: try $0.dataVersion()) }
    }

    func withView<R>(_ body: (OpenView) throws -> R) throws -> R {
        // Between two files at the path, the one that was opened goes on serving.
        guard let identity = FileIdentity(path: path) ?? view?.identity else {
            throw StorageError.cannotOpen("\(path): there is no view yet; a projector makes it")
        }
        let view = try view.flatMap { $0.identity == identity ? $0 : nil } ?? OpenView(path: path, identity: identity)
        self.view = view
        do {
            return try body(view)
        } catch let error as StorageError {
            // The next call starts with a new connection.
            self.view = nil
            throw error
        }
    }
}

/// How far a view is with one partition of its topics.
public struct PartitionWatermark: Hashable, Sendable {
    public let topic: String
    public let partition: Int32
    public let nextOffset: Int64
    /// A time at which everything in the partition had been folded; nil if that has never been so.
    public let caughtUpAt: Timestamp?
}

/// A state of a view, for finding out whether it has changed.
public struct ViewVersion: Hashable, Sendable {
    let file: FileIdentity
    let data: Int64
}
