internal import Invalidations
internal import Storage

/// Columns that hold what a request's own record says of it, as arrays; all null where only workers have told of it.
struct PostgresPublications {
    /// In the order of `parameters`, with the types of their elements.
    static let columns = [
        ("published_at", "bigint"), ("priority", "bigint"), ("kinds", "bigint"), ("source", "text"),
        ("cancels", "bytea"), ("key", "text"), ("key_digest", "text"), ("implausible_time", "bigint"),
        ("not_before", "bigint"), ("details", "text"),
    ]

    private var times = PostgresIntegers()
    private var priorities = PostgresIntegers()
    private var kinds = PostgresIntegers()
    private var sources = PostgresTexts()
    private var cancels = PostgresBlobs()
    private var keys = PostgresTexts()
    private var digests = PostgresTexts()
    private var implausibleTimes = PostgresIntegers()
    private var notBefore = PostgresIntegers()
    private var details = PostgresTexts()

    mutating func append(_ publication: StatusRecord.Publication?) {
        times.append(publication?.at.milliseconds)
        priorities.append(publication.map { PublicationColumns.code(of: $0.priority) })
        kinds.append(publication.map { Int64($0.kinds.rawValue) })
        sources.append(publication?.source)
        if let id = publication?.cancels { cancels.append(high: id.high, low: id.low) } else { cancels.append(nil) }
        keys.append(publication?.idempotencyKey?.text)
        digests.append(publication?.idempotencyKey?.digest)
        implausibleTimes.append(publication?.implausibleTime?.milliseconds)
        notBefore.append(publication?.notBefore?.milliseconds)
        details.append(publication?.details)
    }

    var parameters: [PostgresParameter] {
        [
            .integers(times), .integers(priorities), .integers(kinds), .texts(sources), .blobs(cancels), .texts(keys),
            .texts(digests), .integers(implausibleTimes), .integers(notBefore), .texts(details),
        ]
    }
}
