public import HTTP
public import Invalidations
internal import JSON

/// The plain purge endpoint, for a cache or a small program of one's own: `POST {address}/purge` with
/// `{"tags":[…],"urls":[…],"namespace":"…"}`. `HTTPSuccess` says which answers mean that it is done.
///
/// `prefixes`, `everything` and `"mode":"soft"` appear only when they are used; the first two only with edges
/// whose configuration says that they take them, because an endpoint that does not know a field ignores it.
public struct HTTPAdapter: EdgeAdapter {
    private let url: String
    private let host: String?
    private let success: HTTPSuccess
    public let capabilities: EdgeCapabilities

    public var headers: [EdgeHeader] {
        [EdgeHeader("Content-Type", "application/json"), EdgeHeader("Accept", "application/json")]
    }

    /// - Parameters:
    ///   - path: of the endpoint, behind the address; begins with `/`.
    ///   - itemsMax: tags, URLs and prefixes in one call.
    ///   - bytesMax: of them in one call.
    public init(
        address: EdgeAddress, host: String? = nil, path: String = "/purge", itemsMax: Int = 500,
        bytesMax: Int = 64 << 10, success: HTTPSuccess = HTTPSuccess(), isSoft: Bool = true
    ) {
        precondition(itemsMax > 0 && bytesMax > 0, "a call needs capacity")
        url = address.text + path
        self.host = host
        self.success = success
        // The configuration says what everything means to this edge; there is no marker of it.
        capabilities = EdgeCapabilities(
            supports: .all, accepts: [.tags, .urls], soft: isSoft, callItemsMax: itemsMax, callBytesMax: bytesMax,
            wideKinds: .prefixes, isOrdered: true)
    }

    public func plan(_ batch: PurgeBatch) -> CallPlan {
        var plan = CallPlan()
        var load = Load()
        for (item, selectors) in batch.items.enumerated() {
            for tag in selectors.tags {
                if let refusal = TagRule.refusal(of: tag) {
                    plan.refuse(item, refusal)
                } else {
                    add(tag, \.tags, item, &load, &plan, batch)
                }
            }
            for url in selectors.urls { add(url, \.urls, item, &load, &plan, batch) }
            for prefix in selectors.prefixes { add(prefix, \.prefixes, item, &load, &plan, batch) }
            if selectors.everything {
                if !load.isEmptyOrWide { flush(&load, &plan, batch) }
                load.selectors.everything = true
                load.cover(item)
            }
        }
        flush(&load, &plan, batch)
        return plan
    }

    public func outcome(of result: HTTPClientResult, for call: EdgeCall) -> CallOutcome {
        switch result {
        case .failure(let failure): TransportFailures.outcome(of: failure)
        case .response(let response):
            success.outcome(of: response, to: call) ?? StatusFailures.outcome(of: response)
        }
    }

    public func probes(_ token: String, namespace: Namespace) -> [EdgeProbe] {
        let name = "cachesync-check-\(token)"
        let page = "https://\(name).invalid/\(name)"
        let markers = [
            Selectors(tags: [name]), Selectors(urls: [page]), Selectors(prefixes: [page]),
        ]
        return markers.compactMap { marker in
            plan(PurgeBatch(namespace: namespace, mode: .hard, items: [marker])).calls.first.map {
                EdgeProbe(marker.kinds, $0)
            }
        }
    }

    private func add(
        _ selector: String, _ list: WritableKeyPath<Selectors, [String]>, _ item: Int, _ load: inout Load,
        _ plan: inout CallPlan, _ batch: PurgeBatch
    ) {
        let bytes = selector.utf8.count + 3
        // What purges much goes alone: an endpoint that refuses it still does all else.
        let isMixed = list == \.prefixes ? !load.isEmptyOrWide : load.isWide
        if load.items != nil,
            isMixed || load.count == capabilities.callItemsMax || load.bytes + bytes > capabilities.callBytesMax
        {
            flush(&load, &plan, batch)
        }
        load.selectors[keyPath: list].append(selector)
        load.count += 1
        load.bytes += bytes
        load.cover(item)
    }

    private func flush(_ load: inout Load, _ plan: inout CallPlan, _ batch: PurgeBatch) {
        guard let items = load.items else { return }
        plan.calls.append(
            EdgeCall(
                "POST", url, host: host, body: body(load.selectors, batch), kinds: load.selectors.kinds,
                selectorCount: load.selectors.count, items: items))
        load = Load()
    }

    private func body(_ selectors: Selectors, _ batch: PurgeBatch) -> [UInt8] {
        var writer = JSONWriter(capacity: selectors.byteCount + 3 * selectors.count + 96)
        writer.beginObject()
        writer.key("tags")
        writer.strings(selectors.tags)
        writer.key("urls")
        writer.strings(selectors.urls)
        writer.member("namespace", batch.namespace.name)
        if !selectors.prefixes.isEmpty {
            writer.key("prefixes")
            writer.strings(selectors.prefixes)
        }
        if selectors.everything { writer.member("everything", true) }
        if batch.mode == .soft, capabilities.soft { writer.member("mode", PurgeMode.soft.rawValue) }
        if !batch.requests.isEmpty {
            writer.key("requests")
            writer.strings(batch.requests.map(\.text))
        }
        writer.endObject()
        return writer.bytes
    }

    /// What the next call carries.
    private struct Load {
        var selectors = Selectors()
        var count = 0
        var bytes = 0
        var items: CoveredItems?

        var isWide: Bool { !selectors.prefixes.isEmpty || selectors.everything }
        var isEmptyOrWide: Bool { items == nil || isWide }

        mutating func cover(_ item: Int) {
            if items == nil { items = CoveredItems(item) } else { items?.insert(item) }
        }
    }
}
