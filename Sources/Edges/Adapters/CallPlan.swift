public import Invalidations

/// What an adapter makes of a batch.
public struct CallPlan: Hashable, Sendable {
    /// In the order of publication.
    public var calls: [EdgeCall] = []
    /// What cannot be said to this edge. All else of such a request is purged.
    public var refused: [Refusal] = []

    public struct Refusal: Hashable, Sendable {
        public let item: Int
        public let failure: PurgeFailure
    }

    public init() {}

    public mutating func refuse(_ item: Int, _ failure: PurgeFailure) {
        refused.append(Refusal(item: item, failure: failure))
    }
}

extension CallPlan {
    /// A call for each URL of the batch, once.
    ///
    /// Part of each adapter's own code: a call is large, and would be copied on its way out of the closure.
    ///
    /// - Parameters:
    ///   - host: taken instead of the URLs' own hosts.
    ///   - call: makes it, for that item of the batch.
    @inline(__always)
    init(
        urlsOf batch: PurgeBatch, host: String?, scheme: SchemeRule, _ call: (PurgeURL, _ item: Int) -> EdgeCall
    ) {
        self.init()
        var index = CallIndex(batch)
        for (item, selectors) in batch.items.enumerated() {
            for text in selectors.urls {
                let url: PurgeURL
                do {
                    url = try PurgeURL(text)
                } catch {
                    refuse(item, error)
                    continue
                }
                guard index.isNew(host ?? url.host, url.target, scheme.of(url), .urls, item: item, plan: &self)
                else { continue }
                calls.append(call(url, item))
            }
        }
    }
}

/// Finds calls that a batch already has, so that a URL published many times is purged once.
/// A batch of one selector, the most frequent, needs no memory for it.
struct CallIndex {
    private var indices: [Key: Int] = [:]
    private let isNeeded: Bool

    private struct Key: Hashable {
        let host: String?
        let target: String
        let scheme: URLScheme?
        let kinds: SelectorKinds
    }

    init(_ batch: PurgeBatch) {
        isNeeded = batch.items.count > 1 || batch.items.first.map { $0.urls.count + $0.prefixes.count > 1 } ?? false
    }

    /// - Returns: false when the plan has the call already; it covers the item then.
    mutating func isNew(
        _ host: String?, _ target: String, _ scheme: URLScheme?, _ kinds: SelectorKinds, item: Int,
        plan: inout CallPlan
    ) -> Bool {
        guard isNeeded else { return true }
        let key = Key(host: host, target: target, scheme: scheme, kinds: kinds)
        if let index = indices[key] {
            plan.calls[index].items.insert(item)
            return false
        }
        indices[key] = plan.calls.count
        return true
    }
}
