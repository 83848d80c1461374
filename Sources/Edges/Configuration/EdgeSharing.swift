public import Invalidations

/// How namespaces that share an edge are kept apart: tags with the namespace in them, and hosts of their own.
public struct EdgeSharing: Hashable, Sendable {
    /// What a published tag is called at the edge.
    public var tags = TagTemplate.plain
    /// Which hosts a namespace may purge; nil for any.
    public var hosts: [HostGrant]?

    public init() {}

    /// Why the namespace may not purge that URL, or prefix of URLs; nil when it may, and for what is no URL.
    public func refusal(of url: String, namespace: Namespace) -> String? {
        guard let hosts, let parsed = try? PurgeURL(url) else { return nil }
        let isGranted = hosts.contains { grant in
            grant.namespaces.matches(namespace) && grant.hosts.contains { $0.matches(parsed.host) }
        }
        guard !isGranted else { return nil }
        return "the namespace \(namespace.name) may not purge the host "
            + AnswerText.excerpt(parsed.host.utf8, bytesMax: 120)
    }

    /// The batch as the edge is told of it, without what the namespace may not purge.
    func applied(to batch: PurgeBatch, refusing plan: inout CallPlan) -> PurgeBatch {
        var batch = batch
        for item in batch.items.indices {
            if tags != .plain { batch.items[item].tags = batch.items[item].tags.map { tags.text($0, batch.namespace) } }
            guard hosts != nil else { continue }
            for list in [\Selectors.urls, \.prefixes] {
                batch.items[item][keyPath: list].removeAll { url in
                    guard let refusal = refusal(of: url, namespace: batch.namespace) else { return false }
                    plan.refuse(
                        item,
                        PurgeFailure(
                            .permanentItem, "\(refusal); the edge's `hosts` says which it may", isShared: false))
                    return true
                }
            }
        }
        return batch
    }
}

/// Hosts that namespaces may purge.
public struct HostGrant: Hashable, Sendable {
    public var namespaces: NamespacePattern
    public var hosts: [HostPattern]

    public init(namespaces: NamespacePattern, hosts: [HostPattern]) {
        self.namespaces = namespaces
        self.hosts = hosts
    }
}

/// A host, or with a star all hosts below a name: `*.shop.example`.
public struct HostPattern: Hashable, Sendable, CustomStringConvertible {
    /// In lower case. Of a pattern with a star, what stands behind the star.
    private let text: String
    private let isSuffix: Bool

    /// - Returns: nil for what no host can be. A star stands alone, or before a dot at the beginning.
    public init?(_ text: String) {
        isSuffix = text.hasPrefix("*")
        guard !isSuffix || text == "*" || text.hasPrefix("*.") else { return nil }
        let name = isSuffix ? text.dropFirst(text == "*" ? 1 : 2) : text[...]
        if text == "*" {
            self.text = ""
            return
        }
        guard let host = PublicHost.normalised(name.utf8, isSecure: true) else { return nil }
        self.text = isSuffix ? ".\(host)" : host
    }

    /// The host itself; nil for a pattern with a star.
    var exact: String? { isSuffix ? nil : text }

    public var isAny: Bool { isSuffix && text.isEmpty }

    public var description: String { isSuffix ? "*\(text)" : text }

    /// Whether the host of that URL, or prefix of URLs, is one of these; false for what is no URL.
    public static func admit(_ url: String, _ patterns: [HostPattern]) -> Bool {
        guard let parsed = try? PurgeURL(url) else { return false }
        return patterns.contains { $0.matches(parsed.host) }
    }

    /// - Parameter host: as `PurgeURL` has it.
    public func matches(_ host: String) -> Bool {
        guard isSuffix else { return host == text }
        return text.isEmpty || (host.utf8.count > text.utf8.count && host.hasSuffix(text))
    }
}

/// A tag's name at an edge, such as `{namespace}:{tag}`.
public struct TagTemplate: Hashable, Sendable {
    private let parts: [Part]

    private enum Part: Hashable {
        case text(String)
        case namespace
        case tag
    }

    /// The tag as it was published.
    public static let plain = TagTemplate([.tag])

    private init(_ parts: [Part]) {
        self.parts = parts
    }

    /// - Returns: nil unless `{tag}` stands there once, other braces only around `namespace`, and all else fits a tag.
    public init?(_ template: String) {
        var parts: [Part] = []
        var rest = template[...]
        while let brace = rest.firstIndex(of: "{") {
            if brace > rest.startIndex { parts.append(.text(String(rest[..<brace]))) }
            guard let end = rest[brace...].firstIndex(of: "}") else { return nil }
            switch rest[rest.index(after: brace)..<end] {
            case "tag": parts.append(.tag)
            case "namespace": parts.append(.namespace)
            default: return nil
            }
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        guard parts.filter({ $0 == .tag }).count == 1, template.utf8.count <= 256, !rest.contains("}"),
            template.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") })
        else { return nil }
        self.parts = parts
    }

    func text(_ tag: String, _ namespace: Namespace) -> String {
        parts.reduce(into: "") { text, part in
            switch part {
            case .text(let fixed): text += fixed
            case .namespace: text += namespace.name
            case .tag: text += tag
            }
        }
    }
}

extension EdgeConfiguration {
    /// The calls that purge the batch here.
    func plan(_ batch: PurgeBatch) -> CallPlan {
        guard sharing != EdgeSharing() else { return adapter.plan(batch) }
        var refusals = CallPlan()
        let allowed = sharing.applied(to: batch, refusing: &refusals)
        var plan = adapter.plan(allowed)
        plan.refused = refusals.refused + plan.refused
        return plan
    }
}
