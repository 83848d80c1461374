public import Invalidations
public import Runtime

// Reads a list of namespaces or patterns.
extension ConfigurationValue {
    /// A list of namespaces: names, beginnings with a star (`shop-*`), or a star alone for all.
    public func namespacePatterns() throws(ConfigurationError) -> [NamespacePattern] {
        var patterns: [NamespacePattern] = []
        for text in list() {
            guard let pattern = NamespacePattern(text) else {
                throw invalid(
                    "a list of namespaces", hint: "write each as a name, as a beginning with a star (shop-*), or *")
            }
            patterns.append(pattern)
        }
        return patterns
    }
}
