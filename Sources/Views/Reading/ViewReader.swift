public import Invalidations
internal import Storage

/// The reading side of a status view.
///
/// Opens the view when it is first asked, and anew when another one was put in its place, so it may be made before
/// the view exists. Not `Sendable`: one thread at a time uses it. Every call throws `StorageError`: `cannotOpen`
/// while there is no view, or no way to it.
public final class ViewReader {
    private let location: ViewLocation
    private var view: (any ViewQueries)?

    public init(_ location: ViewLocation) {
        self.location = location
    }

    /// Of a file.
    public convenience init(path: String) {
        self.init(.file(path))
    }

    /// What the view says about an id.
    ///
    /// - Parameters:
    ///   - namespace: whose request is meant. Nil for any: of several the one that was heard of first.
    ///   - firstAskedAt: when somebody asked for the id for the first time: of an id that holds no time, what was
    ///     published before that is looked for. Nil finds such an id unknown at once.
    ///   - now: the caller's wall clock.
    ///   - isVisible: what is of other namespaces is as if it were not there.
    public func lookup(
        _ id: RequestID, in namespace: Namespace? = nil, firstAskedAt: Timestamp? = nil, now: Timestamp = .now(),
        isVisible: (Namespace) -> Bool = { _ in true }
    ) throws -> StatusLookup {
        try answer(id, in: namespace, firstAskedAt: firstAskedAt, now: now, isVisible: isVisible).lookup
    }

    /// The same, and as of when, in one question.
    public func answer(
        _ id: RequestID, in namespace: Namespace? = nil, firstAskedAt: Timestamp? = nil, now: Timestamp = .now(),
        isVisible: (Namespace) -> Bool = { _ in true }
    ) throws -> StatusAnswer {
        try withView { view in
            let found = try view.find(id, in: namespace, max: Self.namespacesMax)
            var records = found.records
            records.removeAll { !isVisible($0.namespace) }
            let ofNamespace = found.ofNamespace.flatMap { isVisible($0.namespace) ? $0 : nil }
            if let record = namespace == nil ? records.first : ofNamespace {
                let others = records.count > 1 ? records.map(\.namespace).filter { $0 != record.namespace } : []
                return StatusAnswer(lookup: .found(record, alsoIn: others), asOf: found.watermark)
            }
            let verdict = LookupRule.verdict(on: id, firstAskedAt: firstAskedAt, folded: found.watermark, now: now)
            return StatusAnswer(lookup: verdict, asOf: found.watermark)
        }
    }

    /// What there is of all these ids, in one question.
    public func overview(of ids: [RequestID]) throws -> StatusOverview {
        try withView { try $0.overview(of: ids, max: Self.namespacesMax) }
    }

    /// More namespaces that share an id are not looked at: ids are random, so a shared one is no accident.
    private static let namespacesMax = 16

    /// The latest request of the namespace that was published with that idempotency key; nil where none was.
    public func find(key: String, in namespace: Namespace) throws -> StatusRecord? {
        try withView { try $0.find(key: key, in: namespace) }
    }

    /// The time whose records are all folded in; nil if there was none yet.
    public func watermark() throws -> Timestamp? {
        try withView { try $0.watermark() }
    }

    /// One page of requests, newest first.
    ///
    /// - Parameter complete: adds the edges to a request that no worker has told of, where edges matter.
    public func list(
        _ query: StatusQuery, completing complete: (StatusRecord) -> StatusRecord = { $0 }
    ) throws -> StatusPage {
        try withoutActuallyEscaping(complete) { complete in
            try withView { try StatusPages(query: query, complete: complete).page($0) }
        }
    }

    /// How many requests are in each status.
    public func counts() throws -> [RequestStatus: Int] {
        try withView { try $0.counts() }
    }

    /// How many requests were published and ended in each minute.
    public func minutes(_ query: MinuteQuery, now: Timestamp = .now()) throws -> MinutePage {
        let (first, end) = query.bounds(now: now)
        return try withView { try $0.minutes(of: query.namespace, from: first, to: end) }
    }

    /// How many requests of each namespace were published and ended in those minutes. That of the query does not count.
    public func namespaces(_ query: MinuteQuery, now: Timestamp = .now()) throws -> NamespaceList {
        let (first, end) = query.bounds(now: now)
        return try withView { try $0.namespaces(from: first, to: end, max: NamespaceList.namespacesMax) }
    }

    /// The edges at which most requests have failed, and have not come through since.
    public func failingEdges(_ query: FailingEdgesQuery) throws -> FailingEdges {
        try withView { try FailingEdgeCounter.count(query, $0) }
    }

    /// How far the view is with each partition of its topics.
    public func watermarks() throws -> [PartitionWatermark] {
        try withView { try $0.watermarks() }
    }

    /// Calls `body` with every record, in the order of the ids, as they all were at one moment.
    public func forEachRecord(_ body: (StatusRecord) throws -> Void) throws {
        try withView { try $0.forEachRecord(body) }
    }

    /// Differs from an earlier answer if the view has changed since; cheap enough to ask many times a second.
    public func version() throws -> ViewVersion {
        try withView { try $0.version() }
    }

    func withView<R>(_ body: (any ViewQueries) throws -> R) throws -> R {
        let (view, isKnown) = try openView()
        self.view = view
        do {
            return try body(view)
        } catch let error as StorageError {
            // The next call starts with a new connection.
            self.view = nil
            // A server that was started anew has no connection of before, and says so when it is asked first.
            guard case .inputOutput = error, isKnown, case .postgres = location else { throw error }
            return try withView(body)
        }
    }

    private func openView() throws -> (view: any ViewQueries, isKnown: Bool) {
        switch location {
        case .file(let path):
            let known = view as? SQLiteViewQueries
            // Between two files at the path, the one that was opened goes on serving.
            guard let identity = FileIdentity(path: path) ?? known?.identity else {
                throw StorageError.cannotOpen("\(path): there is no view yet; a projector makes it")
            }
            if let known, known.identity == identity { return (known, true) }
            return (try SQLiteViewQueries(path: path, identity: identity), false)
        case .postgres(let address, let schema):
            if let view { return (view, true) }
            return (try PostgresViewQueries(address, schema: schema), false)
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
    enum Store: Hashable {
        case file(FileIdentity)
        /// The server's number of it.
        case schema(Int64)
    }

    let store: Store
    let data: Int64
}
