public import HTTP
public import Invalidations

/// Varnish with the VCL of `Examples/edges/varnish.vcl`, or any that speaks the same calls (FOSHttpCache's does):
/// tags by `PURGEKEYS` and the xkey module, URLs by `PURGE`, prefixes and everything by `BAN`.
///
/// Every Varnish is an edge of its own: none tells its neighbours.
public struct VarnishAdapter: EdgeAdapter {
    private let address: EdgeAddress
    private let host: String?
    public let capabilities: EdgeCapabilities

    /// - Parameters:
    ///   - host: taken instead of the URLs' own hosts, and the one that everything is purged of.
    ///   - headerBytes: of the tags in one call; Varnish refuses headers of more than 8 KiB unless told otherwise.
    public init(address: EdgeAddress, host: String? = nil, headerBytes: Int = 7_500) {
        precondition(headerBytes > 0, "a call needs room")
        self.address = address
        self.host = host
        capabilities = EdgeCapabilities(
            supports: .all, takes: [.tags, .urls, .prefixes], soft: true, emptiesWhole: true, callItemsMax: 1_000,
            callBytesMax: headerBytes)
    }

    public func plan(_ batch: PurgeBatch) -> CallPlan {
        var plan = CallPlan()
        var index = CallIndex(batch)
        var tags = TagLine()
        for (item, selectors) in batch.items.enumerated() {
            for tag in selectors.tags {
                if let refusal = TagRule.refusal(of: tag) {
                    plan.refuse(item, refusal)
                } else if !tags.add(tag, item, bytesMax: capabilities.callBytesMax) {
                    flush(&tags, batch.mode, &plan)
                    // A single tag always has room: its own bound is smaller than any header's.
                    _ = tags.add(tag, item, bytesMax: max(capabilities.callBytesMax, tag.utf8.count))
                }
            }
            guard !selectors.urls.isEmpty || !selectors.prefixes.isEmpty || selectors.everything else { continue }
            flush(&tags, batch.mode, &plan)
            for url in selectors.urls { purge(url, item, batch.mode, &index, &plan) }
            for prefix in selectors.prefixes { ban(prefix, item, &index, &plan) }
            if selectors.everything { banEverything(item, &index, &plan) }
        }
        flush(&tags, batch.mode, &plan)
        return plan
    }

    public func outcome(of result: HTTPClientResult, for call: EdgeCall) -> CallOutcome {
        switch result {
        case .failure(let failure): TransportFailures.outcome(of: failure)
        case .response(let response): VarnishAnswer.outcome(of: response, to: call.method)
        }
    }

    public func probes(_ token: String, namespace: Namespace) -> [EdgeCall] {
        let name = "cachesync-check-\(token)"
        let selectors = Selectors(tags: [name], urls: ["http://\(host ?? "\(name).invalid")/\(name)"])
        return plan(PurgeBatch(namespace: namespace, mode: .hard, items: [selectors])).calls
    }

    private func flush(_ tags: inout TagLine, _ mode: PurgeMode, _ plan: inout CallPlan) {
        guard let items = tags.items else { return }
        let header = EdgeHeader(mode == .soft ? "xkey-softpurge" : "xkey-purge", tags.text)
        plan.calls.append(
            EdgeCall("PURGEKEYS", address.text + "/", host: host, headers: [header], kinds: .tags, items: items))
        tags = TagLine()
    }

    private func purge(
        _ text: String, _ item: Int, _ mode: PurgeMode, _ index: inout CallIndex, _ plan: inout CallPlan
    ) {
        let url: PurgeURL
        do { url = try PurgeURL(text) } catch { return plan.refuse(item, error) }
        let host = host ?? url.host
        guard index.isNew(host, url.target, .urls, item: item, plan: &plan) else { return }
        plan.calls.append(
            EdgeCall(
                "PURGE", address.text + url.target, host: host,
                headers: mode == .soft ? [EdgeHeader("cachesync-mode", "soft")] : [], kinds: .urls,
                items: CoveredItems(item)))
    }

    /// Bans know no softness: what they hit is gone.
    private func ban(_ text: String, _ item: Int, _ index: inout CallIndex, _ plan: inout CallPlan) {
        let url: PurgeURL
        do { url = try PurgeURL(text) } catch { return plan.refuse(item, error) }
        let path = BanExpression.beginning(with: url.target)
        guard path.utf8.count <= capabilities.callBytesMax else {
            return plan.refuse(
                item,
                PurgeFailure(
                    .permanentItem, "the prefix \(AnswerText.excerpt(text.utf8, bytesMax: 120)) is too long for a ban"))
        }
        guard index.isNew(host ?? url.host, url.target, .prefixes, item: item, plan: &plan) else { return }
        appendBan(BanExpression.exactly(host ?? url.host), path, .prefixes, item, &plan)
    }

    private func banEverything(_ item: Int, _ index: inout CallIndex, _ plan: inout CallPlan) {
        guard index.isNew(host, "", .everything, item: item, plan: &plan) else { return }
        appendBan(host.map(BanExpression.exactly) ?? ".*", ".*", .everything, item, &plan)
    }

    private func appendBan(
        _ host: String, _ path: String, _ kinds: SelectorKinds, _ item: Int, _ plan: inout CallPlan
    ) {
        plan.calls.append(
            EdgeCall(
                "BAN", address.text + "/", host: self.host,
                headers: [EdgeHeader("x-host", host), EdgeHeader("x-url", path)], kinds: kinds,
                items: CoveredItems(item)))
    }
}

/// The tags of one call, in one header, separated by blanks.
private struct TagLine {
    var text = ""
    var items: CoveredItems?
    private var known: Set<String> = []

    /// - Returns: false when there is no room.
    mutating func add(_ tag: String, _ item: Int, bytesMax: Int) -> Bool {
        if !known.contains(tag) {
            let bytes = text.utf8.count + (text.isEmpty ? 0 : 1) + tag.utf8.count
            guard bytes <= bytesMax else { return false }
            if !text.isEmpty { text += " " }
            text += tag
            known.insert(tag)
        }
        if items == nil { items = CoveredItems(item) } else { items?.insert(item) }
        return true
    }
}

/// Regular expressions for bans. Whatever could mean something to the expression, or end the ban's argument,
/// stands there as its number.
enum BanExpression {
    static func exactly(_ text: String) -> String { "^\(escaped(text))$" }

    static func beginning(with text: String) -> String { "^\(escaped(text))" }

    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
