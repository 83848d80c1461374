public import HTTP
public import Invalidations
internal import JSON

/// The plain purge endpoint, for a cache or a small program of one's own: `POST {address}/purge` with
/// `{"tags":[…],"urls":[…],"namespace":"…"}`. Any 2xx is done.
///
/// `prefixes`, `everything` and `"mode":"soft"` appear only when they are used; the first two only with edges
/// whose configuration says that they take them, because an endpoint that does not know a field ignores it.
public struct HTTPAdapter: EdgeAdapter {
    private let url: String
    private let host: String?
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
        bytesMax: Int = 64 << 10
    ) {
        precondition(itemsMax > 0 && bytesMax > 0, "a call needs room")
        url = address.text + path
        self.host = host
        capabilities = EdgeCapabilities(
            supports: .all, takes: [.tags, .urls], soft: true, callItemsMax: itemsMax, callBytesMax: bytesMax)
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
        case .response(let response) where (200..<300).contains(response.status): .acknowledged(objects: nil)
        case .response(let response): StatusFailures.outcome(of: response)
        }
    }

    public func probes(_ token: String, namespace: Namespace) -> [EdgeCall] {
        plan(PurgeBatch(namespace: namespace, mode: .hard, items: [Selectors(tags: ["cachesync-check-\(token)"])]))
            .calls
    }

    private func add(
        _ selector: String, _ list: WritableKeyPath<Selectors, [String]>, _ item: Int, _ load: inout Load,
        _ plan: inout CallPlan, _ batch: PurgeBatch
    ) {
        let bytes = selector.utf8.count + 3
        if load.items != nil,
            load.count == capabilities.callItemsMax || load.bytes + bytes > capabilities.callBytesMax
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
                "POST", url, host: host, body: body(load.selectors, batch), kinds: load.selectors.kinds, items: items))
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
        if batch.mode == .soft { writer.member("mode", PurgeMode.soft.rawValue) }
        writer.endObject()
        return writer.bytes
    }

    /// What the next call carries.
    private struct Load {
        var selectors = Selectors()
        var count = 0
        var bytes = 0
        var items: CoveredItems?

        mutating func cover(_ item: Int) {
            if items == nil { items = CoveredItems(item) } else { items?.insert(item) }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func strings(_ values: [String]) {
        beginArray()
        for value in values { string(value) }
        endArray()
    }
}
