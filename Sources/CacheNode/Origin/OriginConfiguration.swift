public import Caches
internal import Invalidations

/// The HTTP API that a namespace's missing values come from.
public struct OriginConfiguration: Sendable {
    /// How the API accepts what is written during a rollout.
    public struct Write: Sendable {
        public static let methods = ["PUT", "POST", "PATCH"]

        let template: OriginTemplate
        let method: String

        /// - Returns: nil for what is no template of an address, or another method.
        public init?(_ template: String, method: String = "PUT") {
            guard let template = OriginTemplate(template), Self.methods.contains(method) else { return nil }
            (self.template, self.method) = (template, method)
        }
    }

    private let template: OriginTemplate
    /// A load that takes longer has failed in any case.
    public static let timeoutMax = FillSettings().loadTimeMax

    /// For one load.
    public var timeout: Duration = .seconds(5)
    /// Bearer token that the API asks for.
    public var token: String?
    /// What may be done with an entry behind its time, where the API does not say.
    public var staleWhileRevalidate: Duration = .zero
    public var staleIfError: Duration = .zero
    /// Nil where writes cannot be passed on, so that a rollout refuses them.
    public var write: Write?
    /// Compares answers of the API with entries, in a rollout.
    public var comparison = ValueComparison()

    /// - Parameter template: a URL with `{key}` once, and perhaps `{namespace}`, behind the host.
    /// - Returns: nil for anything else.
    public init?(_ template: String) {
        guard let template = OriginTemplate(template) else { return nil }
        self.template = template
    }

    /// - Returns: nil for a key that a server may take for a way to other paths.
    func url(_ namespace: Namespace, _ key: CacheKey) -> String? { template.url(namespace, key) }
}
