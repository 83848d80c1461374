internal import HTTP
internal import Invalidations
internal import JSON

/// Purges as clients send them to Varnish: by URL, by xkey, and by Magento's pattern of tags.
///
/// See https://github.com/FriendsOfSymfony/FOSHttpCache and https://github.com/varnish/varnish-modules
struct VarnishDialect: Dialect {
    static let name = "varnish"
    static let roots: [String] = []
    private static let patternField = "X-Magento-Tags-Pattern"
    private static let hardFields = ["xkey-purge", "xkey"]
    private static let softField = "xkey-softpurge"

    private let isByKeys: Bool

    init?(_ head: HTTPRequest) {
        guard head.method == "PURGE" || head.method == "PURGEKEYS" else { return nil }
        isByKeys = head.method == "PURGEKEYS"
    }

    var methods: [String] { ["PURGE", "PURGEKEYS"] }
    var readsJSON: Bool { false }

    func translate(_ request: HTTPRequest, _ root: JSONValue?) throws(DialectRefusal) -> TranslatedPurge {
        if !isByKeys, let pattern = request.headers.first(Self.patternField) {
            let mode: PurgeMode = request.headers.first("X-Magento-Purge-Soft") == nil ? .hard : .soft
            return TranslatedPurge(
                namespace: DialectNamespace.read(request), try MagentoPattern.selectors(pattern), mode: mode)
        }
        if let purge = try purgeOfKeys(request) { return purge }
        guard !isByKeys else {
            throw DialectRefusal(title: "No keys", "Neither header XKey-Purge or XKey-SoftPurge set")
        }
        let namespace = DialectNamespace.read(request, readsQuery: false)
        return TranslatedPurge(namespace: namespace, Selectors(urls: PurgedURL.urls(request)))
    }

    /// - Returns: nil for a request without a field of keys.
    private func purgeOfKeys(_ request: HTTPRequest) throws(DialectRefusal) -> TranslatedPurge? {
        let hard = Self.hardFields.flatMap { request.headers.all($0) }
        let soft = request.headers.all(Self.softField)
        guard !hard.isEmpty || !soft.isEmpty else { return nil }
        let keys = (hard + soft).flatMap { $0.split { $0 == " " || $0 == "," || $0 == "\t" } }.map(String.init)
        // Without a key the URL is not meant either.
        guard !keys.isEmpty else { throw DialectRefusal(title: "No keys", "The header of keys is empty") }
        // With both kinds of fields the stronger one holds for all.
        return TranslatedPurge(
            namespace: DialectNamespace.read(request), Selectors(tags: keys), mode: hard.isEmpty ? .soft : .hard)
    }

    func accepted(_ id: String, _ purge: TranslatedPurge) -> HTTPResponse? {
        .text(200, "Purge queued: \(id)\n")
    }

    func refused(_ refusal: DialectRefusal) -> HTTPResponse? {
        .text(refusal.status, "\(refusal.title): \(refusal.detail)\n")
    }
}
