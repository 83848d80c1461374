/// Selector measure: counts the selectors of a request by kind, and their bytes.
package struct SelectorMeasure {
    var kinds: SelectorKinds = []
    var items: Int32 = 0
    var urls: Int32 = 0
    var prefixes: Int32 = 0
    package var bytes: Int32 = 0

    package init(_ selectors: Selectors?) {
        guard let selectors else { return }
        kinds = selectors.kinds
        items = Int32(selectors.count)
        urls = Int32(selectors.urls.count)
        prefixes = Int32(selectors.prefixes.count)
        bytes = Int32(clamping: selectors.byteCount)
    }

    /// Selectors of those kinds.
    func count(of single: SelectorKinds) -> Int {
        guard !single.isEmpty else { return 0 }
        var count = 0
        if single.contains(.urls) { count += Int(urls) }
        if single.contains(.prefixes) { count += Int(prefixes) }
        if single.contains(.everything), kinds.contains(.everything) { count += 1 }
        if single.contains(.tags) {
            count += Int(items) - Int(urls) - Int(prefixes) - (kinds.contains(.everything) ? 1 : 0)
        }
        return count
    }
}
