import Basics
public import HTTP
public import Invalidations

/// Varnish with the VCL of `Examples/edges/varnish.vcl`, or any that speaks the same calls (FOSHttpCache's does):
/// tags by `PURGEKEYS` and the xkey module, URLs by `PURGE`, prefixes and everything by `BAN`.
///
/// A ban says the same thrice: in the request line and `Host`, in `x-host` and `x-url`, and with an `x-content-type`
/// that matches all, which FOSHttpCache's VCL puts into its bans. A VCL that reads only one of them does right.
///
/// Every Varnish is an edge of its own: none tells its neighbours.
public struct VarnishAdapter: EdgeAdapter {
    private let address: EdgeAddress
    private let host: String?
    private let scheme: SchemeRule
    private let probeHost: String?
    public let capabilities: EdgeCapabilities

    /// - Parameters:
    ///   - host: taken instead of the URLs' own hosts, and the one that everything is purged of.
    ///   - headerBytes: of the tags in one call; Varnish refuses headers of more than 8 KiB unless told otherwise.
    ///   - scheme: what `X-Forwarded-Proto` says, for a VCL that hashes it.
    ///   - probeHost: of markers; one that nobody has, if not set.
    ///   - isSoft: whether the VCL knows soft purges; otherwise they are made as hard ones.
    public init(
        address: EdgeAddress, host: String? = nil, headerBytes: Int = 7_500, scheme: SchemeRule = .url,
        probeHost: String? = nil, isSoft: Bool = true
    ) {
        precondition(headerBytes > 0, "a call needs capacity")
        self.address = address
        self.host = host
        self.scheme = scheme
        self.probeHost = host ?? probeHost
        capabilities = EdgeCapabilities(
            supports: .all, accepts: [.tags, .urls, .prefixes], soft: isSoft, emptiesWhole: true, callItemsMax: 1_000,
            callBytesMax: headerBytes, singleCallKinds: [.urls, .prefixes, .everything],
            wideKinds: [.prefixes, .everything], namesHosts: host == nil, pipelinedKinds: .urls)
    }

    public func plan(_ batch: PurgeBatch) -> CallPlan {
        var plan = CallPlan()
        var index = CallIndex(batch)
        var tags = TagLine()
        let mode = capabilities.soft ? batch.mode : .hard
        for (item, selectors) in batch.items.enumerated() {
            for tag in selectors.tags {
                if let refusal = TagRule.refusal(of: tag) {
                    plan.refuse(item, refusal)
                } else if !tags.add(tag, item, bytesMax: capabilities.callBytesMax) {
                    flush(&tags, mode, &plan)
                    // A single tag always has capacity: its own bound is smaller than any header's.
                    _ = tags.add(tag, item, bytesMax: max(capabilities.callBytesMax, tag.utf8.count))
                }
            }
            guard !selectors.urls.isEmpty || !selectors.prefixes.isEmpty || selectors.everything else { continue }
            flush(&tags, mode, &plan)
            for url in selectors.urls { purge(url, item, mode, &index, &plan) }
            for prefix in selectors.prefixes { ban(prefix, item, &index, &plan) }
            if selectors.everything { banEverything(item, &index, &plan) }
        }
        flush(&tags, mode, &plan)
        return plan
    }

    public func outcome(of result: HTTPClientResult, for call: EdgeCall) -> CallOutcome {
        switch result {
        case .failure(let failure): TransportFailures.outcome(of: failure)
        case .response(let response): VarnishAnswer.outcome(of: response, to: call)
        }
    }

    /// A ban's answer says nothing of what it hit, and a VCL may answer before Varnish has looked at the expression:
    /// so pages that nobody asks for are fetched before and after.
    public func probes(_ token: String, namespace: Namespace) -> [EdgeProbe] {
        let name = "cachesync-check-\(token)"
        let base = "http://\(probeHost ?? "\(name).invalid")/\(name)"
        func call(_ selectors: Selectors, _ mode: PurgeMode = .hard) -> EdgeCall? {
            plan(PurgeBatch(namespace: namespace, mode: mode, items: [selectors])).calls.first
        }
        func fetch(_ page: String) -> EdgeCall? {
            guard let url = try? PurgeURL("\(base)\(page)") else { return nil }
            return EdgeCall(
                "GET", address.text + url.target, host: url.host, scheme: scheme.of(url), kinds: [],
                items: CoveredItems(0))
        }
        let probes = [
            call(Selectors(tags: [name])).map { EdgeProbe(.tags, $0) },
            capabilities.soft ? call(Selectors(tags: [name]), .soft).map { EdgeProbe(.tags, mode: .soft, $0) } : nil,
            call(Selectors(urls: ["\(base)/page"])).map {
                EdgeProbe(.urls, $0, fetch: fetch("/page"), hint: Self.hint)
            },
            call(Selectors(prefixes: ["\(base)/pages/"])).map {
                EdgeProbe([.prefixes, .everything], $0, fetch: fetch("/pages/1"), hint: Self.hint)
            },
        ]
        return probes.compactMap(\.self)
    }

    private static let hint =
        "varnishlog -g raw -i VCL_Error says why; does the VCL purge by other headers, or by a hash of its own? "
        + "See Examples/edges/varnish.vcl"

    /// `X-Varnish` has two numbers where the page came from the cache: this request's and the one's that stored it.
    public func isHit(_ response: HTTPClientResponse) -> Bool {
        response.header.first("X-Varnish").map { $0.split(separator: " ").count > 1 } ?? false
    }

    private func flush(_ tags: inout TagLine, _ mode: PurgeMode, _ plan: inout CallPlan) {
        guard let items = tags.items else { return }
        let header = EdgeHeader(mode == .soft ? "xkey-softpurge" : "xkey-purge", tags.text)
        plan.calls.append(
            EdgeCall(
                "PURGEKEYS", address.text + "/", host: host, headers: [header], kinds: .tags,
                selectorCount: tags.count, items: items))
        tags = TagLine()
    }

    private func purge(
        _ text: String, _ item: Int, _ mode: PurgeMode, _ index: inout CallIndex, _ plan: inout CallPlan
    ) {
        let url: PurgeURL
        do { url = try PurgeURL(text) } catch { return plan.refuse(item, error) }
        let host = host ?? url.host
        let scheme = scheme.of(url)
        guard index.isNew(host, url.target, scheme, .urls, item: item, plan: &plan) else { return }
        plan.calls.append(
            EdgeCall(
                "PURGE", address.text + url.target, host: host, scheme: scheme,
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
        let host = host ?? url.host
        guard index.isNew(host, url.target, nil, .prefixes, item: item, plan: &plan) else { return }
        plan.calls.append(
            ban(url.target, of: host, BanExpression.exactly(host), path, .prefixes, CoveredItems(item)))
    }

    private func banEverything(_ item: Int, _ index: inout CallIndex, _ plan: inout CallPlan) {
        guard index.isNew(host, "", nil, .everything, item: item, plan: &plan) else { return }
        plan.calls.append(
            ban("/", of: host, host.map(BanExpression.exactly) ?? ".*", ".*", .everything, CoveredItems(item)))
    }

    private func ban(
        _ target: String, of host: String?, _ hosts: String, _ paths: String, _ kinds: SelectorKinds,
        _ items: CoveredItems
    ) -> EdgeCall {
        let headers = [
            EdgeHeader("x-host", hosts), EdgeHeader("x-url", paths), EdgeHeader("x-content-type", ".*"),
        ]
        return EdgeCall("BAN", address.text + target, host: host, headers: headers, kinds: kinds, items: items)
    }
}

/// The tags of one call, in one header, separated by blanks.
private struct TagLine {
    var text = ""
    var items: CoveredItems?
    private var known: Set<String> = []

    var count: Int { known.count }

    /// - Returns: false when there is no capacity.
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
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case _ where byte.isASCIIAlphanumeric, UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "\\"), UInt8(ascii: "x")]
                Hexadecimal.append(byte, to: &bytes)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
