internal import Invalidations
internal import Storage

/// Columns of requests' rows as arrays: the key, and behind it those of some groups.
struct RequestColumns {
    /// Columns that change together, with the types of their elements.
    enum Group {
        /// How far the request is.
        case state
        case edges
        /// Whose it is, and what its own record says: it changes when that is read after a worker's first news.
        case origin

        fileprivate var columns: [(name: String, type: String)] {
            switch self {
            case .state:
                [
                    ("status", "bigint"), ("updated_at", "bigint"), ("cells", "bytea"), ("failures", "bigint"),
                    ("earlier", "bigint"), ("reported", "bigint"),
                ]
            case .edges: [("edges", "text")]
            case .origin:
                [
                    ("listed_at", "bigint"), ("requested_at", "bigint"), ("first_seen_at", "bigint"), ("run", "text"),
                ] + PostgresPublications.columns.map { (name: $0.0, type: $0.1) }
            }
        }
    }

    private static let key: [(name: String, type: String)] = [("id", "bytea"), ("namespace", "text")]

    private let groups: [Group]
    private var ids = PostgresBlobs()
    private var namespaces = PostgresTexts()
    private var states = StateColumns()
    private var edges = PostgresTexts()
    private var origins = OriginColumns()

    init(_ groups: Group...) {
        self.groups = groups
    }

    private var columns: [(name: String, type: String)] { Self.key + groups.flatMap(\.columns) }

    var names: String { columns.map(\.name).joined(separator: ", ") }

    var arrays: String { columns.enumerated().map { "$\($0 + 1)::\($1.type)[]" }.joined(separator: ", ") }

    /// - Parameter row: the name of the new row.
    func assignments(from row: String) -> String {
        groups.flatMap(\.columns).map { "\($0.name) = \(row).\($0.name)" }.joined(separator: ", ")
    }

    mutating func append(_ record: StatusRecord) {
        ids.append(high: record.id.high, low: record.id.low)
        namespaces.append(record.namespace.name)
        for group in groups {
            switch group {
            case .state: states.append(record)
            case .edges: edges.append(EdgeTexts.text(of: record.edges))
            case .origin: origins.append(record)
            }
        }
    }

    var parameters: [PostgresParameter] {
        var parameters: [PostgresParameter] = [.blobs(ids), .texts(namespaces)]
        for group in groups {
            switch group {
            case .state: parameters += states.parameters
            case .edges: parameters.append(.texts(edges))
            case .origin: parameters += origins.parameters
            }
        }
        return parameters
    }

    private struct StateColumns {
        private var statuses = PostgresIntegers()
        private var updatedAt = PostgresIntegers()
        private var cells = PostgresBlobs()
        private var failures = PostgresIntegers()
        private var earlier = PostgresIntegers()
        private var reported = PostgresIntegers()

        mutating func append(_ record: StatusRecord) {
            statuses.append(record.statusCode.code)
            updatedAt.append(record.updatedAt.milliseconds)
            cells.append(CellCoding.encode(record.cells, omitsEdges: record.omitsEdges))
            failures.append(Int64(record.failures.count + (record.wholeFailure == nil ? 0 : 1)))
            earlier.append(Int64(record.earlier.count))
            reported.append(record.isReported ? 1 : 0)
        }

        var parameters: [PostgresParameter] {
            [
                .integers(statuses), .integers(updatedAt), .blobs(cells), .integers(failures), .integers(earlier),
                .integers(reported),
            ]
        }
    }

    private struct OriginColumns {
        private var listedAt = PostgresIntegers()
        private var requestedAt = PostgresIntegers()
        private var firstSeenAt = PostgresIntegers()
        private var runs = PostgresTexts()
        private var publications = PostgresPublications()

        mutating func append(_ record: StatusRecord) {
            listedAt.append(record.listedAt.milliseconds)
            requestedAt.append(record.requestedAt.milliseconds)
            firstSeenAt.append(record.firstSeenAt.milliseconds)
            runs.append(record.run)
            publications.append(record.publication)
        }

        var parameters: [PostgresParameter] {
            [.integers(listedAt), .integers(requestedAt), .integers(firstSeenAt), .texts(runs)]
                + publications.parameters
        }
    }
}

extension RecordChange {
    /// Whether the columns of `RequestColumns.Group.origin` stay as they are.
    var hasSameOrigin: Bool {
        guard let old else { return false }
        return old.requestedAt == record.requestedAt && old.firstSeenAt == record.firstSeenAt
            && old.run == record.run && old.publication == record.publication
    }
}
