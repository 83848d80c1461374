public import HTTP
public import Invalidations

/// Caches that purge one URL a call by the method `PURGE`: Squid, Traffic Server, plain VCLs of Varnish and others.
/// They purge always hard.
///
/// 200 and 204 mean purged, and 404 that there was nothing. But a 404 with a page comes from a server that does not
/// know the host, such as Traffic Server without a remap rule for it, and a 200 with a page comes from an origin that
/// got the call passed on: neither counts.
public struct PurgeMethodAdapter: EdgeAdapter {
    /// What stands behind `PURGE` in the request line.
    public enum TargetForm: String, Sendable, CaseIterable {
        /// The path, with the host in `Host`: as a reverse proxy is asked.
        case path
        /// The whole URL: as a forward proxy is asked.
        case url
    }

    private let address: EdgeAddress
    private let host: String?
    private let targetForm: TargetForm
    private let scheme: SchemeRule
    private let probeHost: String?
    public let capabilities: EdgeCapabilities

    /// - Parameters:
    ///   - host: taken instead of the URLs' own hosts.
    ///   - scheme: of the whole URL, and what `X-Forwarded-Proto` says.
    ///   - probeHost: of markers; one that nobody has, if not set.
    public init(
        address: EdgeAddress, host: String? = nil, targetForm: TargetForm = .path, scheme: SchemeRule = .url,
        probeHost: String? = nil
    ) {
        self.address = address
        self.host = host
        self.targetForm = targetForm
        self.scheme = scheme
        self.probeHost = host ?? probeHost
        capabilities = EdgeCapabilities(
            supports: .urls, accepts: .urls, soft: false, singleCallKinds: .urls, namesHosts: host == nil,
            pipelinedKinds: .urls)
    }

    public func plan(_ batch: PurgeBatch) -> CallPlan {
        CallPlan(urlsOf: batch, host: host, scheme: scheme) { call("PURGE", $0, kinds: .urls, $1) }
    }

    public func outcome(of result: HTTPClientResult, for call: EdgeCall) -> CallOutcome {
        switch result {
        case .failure(let failure): TransportFailures.outcome(of: failure)
        case .response(let response): PurgeMethodAnswer.outcome(of: response)
        }
    }

    public func probes(_ token: String, namespace: Namespace) -> [EdgeProbe] {
        let name = "cachesync-check-\(token)"
        guard let url = try? PurgeURL("http://\(probeHost ?? "\(name).invalid")/\(name)/page") else { return [] }
        // As most visitors ask: where the origin varies by it, the purge may miss what they get.
        var fetch = call("GET", url, kinds: [], 0)
        fetch.headers = [EdgeHeader("Accept-Encoding", "gzip")]
        return [EdgeProbe(.urls, call("PURGE", url, kinds: .urls, 0), fetch: fetch, hint: Self.hint)]
    }

    /// By `Cache-Status` (RFC 9211), by `X-Cache` as Squid sends it, or by the code that Traffic Server adds to `Via`.
    public func isHit(_ response: HTTPClientResponse) -> Bool {
        if let status = response.header.first("Cache-Status") {
            return status.split(separator: ";").contains { HTTPHeaders.isSame(String($0.drop { $0 == " " }), "hit") }
        }
        // Such as "HIT from name", or "TCP_MEM_HIT".
        if let cache = response.header.first("X-Cache") { return cache.prefix { $0 != " " }.hasSuffix("HIT") }
        guard let via = response.header.first("Via") else { return false }
        return ["[cH", "[cR"].contains { via.contains($0) }
    }

    private static let hint =
        "does the cache keep several variants of a page (Vary), or pages under another host or scheme than the "
        + "purge names (host, scheme, purgeTarget)? See Examples/edges/"

    private func call(_ method: String, _ url: PurgeURL, kinds: SelectorKinds, _ item: Int) -> EdgeCall {
        let (host, scheme) = (host ?? url.host, scheme.of(url))
        var call = EdgeCall(
            method, address.text + url.target, host: host, scheme: scheme, kinds: kinds, items: CoveredItems(item))
        if targetForm == .url { call.requestTarget = "\((scheme ?? .http).rawValue)://\(host)\(url.target)" }
        return call
    }
}

/// Reads the answer to the method `PURGE`.
enum PurgeMethodAnswer {
    static func outcome(of response: HTTPClientResponse) -> CallOutcome {
        let status = response.status
        switch status {
        case 200, 204:
            guard !isPage(response) || says(purgeWords, response) else {
                return .target(
                    "\(status) with a page instead of a word about a purge: does the cache answer PURGE itself, or "
                        + "pass it on? \(hint)",
                    status: status)
            }
            // How many variants it were, nobody says.
            return .acknowledged(objects: nil)
        case 404 where response.body.isEmpty || says(absenceWords, response): return .absent
        case 404:
            return .target(
                "\(StatusFailures.text(of: response)): this is not how a cache says that it has not cached a URL; "
                    + "does it know the host, and answer PURGE itself? \(hint)",
                status: status)
        case 403, 405, 501:
            return .target(
                "\(StatusFailures.text(of: response)): let this worker's address use the method PURGE; \(hint)",
                status: status)
        default: return StatusFailures.outcome(of: response)
        }
    }

    private static let hint = "see Examples/edges/"

    private static func isPage(_ response: HTTPClientResponse) -> Bool {
        guard !response.body.isEmpty else { return false }
        return response.contentType.map { $0.lowercased().contains("html") }
            ?? response.body.contains(UInt8(ascii: "<"))
    }

    private static let purgeWords = ["purge", "invalidated", "banned"].map { Array($0.utf8) }
    private static let absenceWords = ["in cache", "not cached"].map { Array($0.utf8) }

    /// In the status line, or in the body.
    private static func says(_ words: [[UInt8]], _ response: HTTPClientResponse) -> Bool {
        let reason = Array(response.reason.utf8)
        return words.contains { AnswerText.holds($0, in: reason) || AnswerText.holds($0, in: response.body) }
    }
}
