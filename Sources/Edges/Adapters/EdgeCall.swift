public import Invalidations

/// One HTTP request that purges.
public struct EdgeCall: Hashable, Sendable {
    public var method: String
    public var url: String
    /// What the request line says instead of the URL's path and query; nil for those.
    public var requestTarget: String?
    /// The `Host` header; nil for the address's own.
    public var host: String?
    /// What the visitors of that URL came by, for caches that keep both apart: `X-Forwarded-Proto`.
    public var scheme: URLScheme?
    /// Headers of this call alone.
    public var headers: [EdgeHeader]
    public var body: [UInt8]
    /// The kinds of selectors it carries.
    public var kinds: SelectorKinds
    /// Tags, URLs and prefixes that it carries.
    public var selectorCount: Int
    /// The requests of the batch whose selectors it carries, by their index.
    public var items: CoveredItems

    public init(
        _ method: String, _ url: String, host: String? = nil, scheme: URLScheme? = nil, headers: [EdgeHeader] = [],
        body: [UInt8] = [], kinds: SelectorKinds, selectorCount: Int = 1, items: CoveredItems
    ) {
        self.selectorCount = selectorCount
        self.method = method
        self.url = url
        self.host = host
        self.scheme = scheme
        self.headers = headers
        self.body = body
        self.kinds = kinds
        self.items = items
    }
}

/// The scheme of a published URL.
public enum URLScheme: String, Hashable, Sendable {
    case http, https
}

public struct EdgeHeader: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A set of indices in a batch: most often one, or neighbours, which need no memory of their own.
public struct CoveredItems: Hashable, Sendable {
    private var neighbours: ClosedRange<Int>
    private var others: [Int] = []

    public init(_ item: Int) {
        neighbours = item...item
    }

    /// Items come in ascending order.
    public mutating func insert(_ item: Int) {
        let last = others.last ?? neighbours.upperBound
        precondition(item >= last, "item \(item) after \(last)")
        guard item > last else { return }
        if others.isEmpty, item == last + 1 {
            neighbours = neighbours.lowerBound...item
        } else {
            others.append(item)
        }
    }

    public func forEach(_ body: (Int) -> Void) {
        neighbours.forEach(body)
        others.forEach(body)
    }

    public var count: Int { neighbours.count + others.count }

    public var indices: [Int] { Array(neighbours) + others }
}
