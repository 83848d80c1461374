public import HTTP
public import Invalidations

/// nginx with ngx_cache_purge in a location of its own (`Examples/edges/nginx/`): `GET /purge/path?query` with the
/// site's `Host`. It purges single URLs, always hard.
///
/// A URL that was not cached is answered with 404 or 412, which is as good. A site without the purge location may
/// answer 404 too: `cachesync edges check` tells the two apart, and so does the method `PURGE`.
public struct NginxAdapter: EdgeAdapter {
    public enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        /// Refused by most that are not the purge location; the module itself takes any method.
        case purge = "PURGE"
    }

    /// How the path stands in the purged key that the purge location makes of `$1`.
    public enum KeyForm: String, Sendable, CaseIterable {
        /// As nginx decodes it, or as the purge location takes it from `$request_uri` itself.
        case uri
        /// Percent-encoded as visitors send it, although the purge location takes the decoded `$1`: so what it
        /// decodes is encoded once more.
        case requestURI = "request_uri"
    }

    private let address: EdgeAddress
    private let base: String
    private let host: String?
    private let method: Method
    private let scheme: SchemeRule
    private let keyForm: KeyForm
    private let probeHost: String?
    public let capabilities: EdgeCapabilities

    /// - Parameters:
    ///   - host: taken instead of the URLs' own hosts.
    ///   - purgePrefix: of the purge location, without a slash at the end.
    ///   - probeHost: of markers; one that nobody has, if not set.
    ///   - scheme: what `X-Forwarded-Proto` says, for keys with the scheme in them.
    public init(
        address: EdgeAddress, host: String? = nil, purgePrefix: String = "/purge", method: Method = .get,
        scheme: SchemeRule = .url, keyForm: KeyForm = .uri, probeHost: String? = nil
    ) {
        self.address = address
        base = address.text + purgePrefix
        self.host = host
        self.method = method
        self.scheme = scheme
        self.keyForm = keyForm
        self.probeHost = host ?? probeHost
        capabilities = EdgeCapabilities(
            supports: .urls, accepts: .urls, soft: false, singleCallKinds: .urls, namesHosts: host == nil,
            pipelinedKinds: .urls)
    }

    public func plan(_ batch: PurgeBatch) -> CallPlan {
        CallPlan(urlsOf: batch, host: host, scheme: scheme) { url, item in
            EdgeCall(
                method.rawValue, base + target(url), host: host ?? url.host, scheme: scheme.of(url), kinds: .urls,
                items: CoveredItems(item))
        }
    }

    /// nginx decodes the path, not the query.
    private func target(_ url: PurgeURL) -> String {
        guard keyForm == .requestURI, url.target.utf8.contains(UInt8(ascii: "%")) else { return url.target }
        let pathEnd = url.target.firstIndex(of: "?") ?? url.target.endIndex
        return "\(url.target[..<pathEnd].replacing("%", with: "%25"))\(url.target[pathEnd...])"
    }

    public func outcome(of result: HTTPClientResult, for call: EdgeCall) -> CallOutcome {
        switch result {
        case .failure(let failure):
            TransportFailures.outcome(
                of: failure, hint: failure.kind == .closedWithoutAnswer ? Self.crashHint : nil)
        case .response(let response): Self.outcome(of: response)
        }
    }

    /// With the method `PURGE`, which an origin hardly answers like the module does. The page's path is one that a key
    /// may hold as it was sent, or decoded.
    public func probes(_ token: String, namespace: Namespace) -> [EdgeProbe] {
        let name = "cachesync-check-\(token)"
        guard let url = try? PurgeURL("http://\(probeHost ?? "\(name).invalid")/\(name)/a%20page") else { return [] }
        let purge = EdgeCall(
            Method.purge.rawValue, base + target(url), host: url.host, scheme: scheme.of(url), kinds: .urls,
            items: CoveredItems(0))
        // As most visitors ask: where the origin varies by it, the purge misses what they get.
        let fetch = EdgeCall(
            "GET", address.text + url.target, host: url.host, scheme: scheme.of(url),
            headers: [EdgeHeader("Accept-Encoding", "gzip")], kinds: [], items: CoveredItems(0))
        return [EdgeProbe(.urls, purge, fetch: fetch, hint: Self.keyHint)]
    }

    /// `X-Cache` as the shipped site sets it, or what others call it.
    public func isHit(_ response: HTTPClientResponse) -> Bool {
        ["X-Cache", "X-Cache-Status", "X-Proxy-Cache"].contains { name in
            response.header.first(name).map { HTTPHeaders.isSame($0, "HIT") } ?? false
        }
    }

    private static let keyHint =
        "are the keys of proxy_cache_key and proxy_cache_purge the same text, also for encoded paths (purgeKey), and "
        + "does the origin vary its answers? See Examples/edges/nginx/"

    private static func outcome(of response: HTTPClientResponse) -> CallOutcome {
        switch response.status {
        case 200, 202:
            guard isModulesAnswer(response.body) else {
                return .target(
                    "\(response.status), but not from ngx_cache_purge: \(locationHint)", status: response.status)
            }
            return .acknowledged(objects: response.status == 200 ? 1 : nil)
        case 404, 412: return .absent
        case 403:
            return .target(
                "\(StatusFailures.text(of: response)): allow this worker's address in the purge location",
                status: 403)
        case 405: return .target("\(StatusFailures.text(of: response)): \(locationHint)", status: 405)
        default: return StatusFailures.outcome(of: response)
        }
    }

    private static let locationHint =
        "is the purge location there, and purgePrefix the same as in nginx? See Examples/edges/nginx/"

    private static let crashHint =
        "nginx may have crashed: with Debian's module the form `proxy_cache_purge PURGE from …` does, use a location "
        + "of its own, see Examples/edges/nginx/"

    /// The page says "Successful purge"; as JSON, XML or text it names the key.
    private static func isModulesAnswer(_ body: [UInt8]) -> Bool {
        signs.contains { AnswerText.holds($0, in: body) }
    }

    private static let signs = ["successful purge", "{\"key\"", "<key>", "key:"].map { Array($0.utf8) }
}
