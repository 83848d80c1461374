/// Batch draft: makes one purge of the requests that wait in a lane.
///
/// Requests are added in publish order. One whose selectors another one covers is coalesced: it is not sent, and shares
/// the outcome of the one that covers it. That one is as hard or harder, and may come later than those that it covers:
/// they all waited when the purge began, so one purge serves them all.
package struct BatchDraft {
    private struct Part {
        var selectors: Selectors
        var mode: PurgeMode
        /// The request that covers it.
        var coveredBy: Int?
    }

    private let most: PurgeAllowance
    private let callItemsMax: Int
    private let singleCallKinds: SelectorKinds
    private var parts: [Part] = []
    private var items = 0
    /// Of the items, those that are a call of their own each.
    private var singles = 0
    private var bytes = 0
    /// The last request that is sent itself and names the selector. Empty as long as there is a single request, the
    /// most frequent case.
    private var byName: [Selector: Int] = [:]
    private var withPrefixes: [Int] = []
    private var withEverything: [Int] = []

    /// - Parameters:
    ///   - most: calls, items and bytes; a single request may have more.
    ///   - callItemsMax: items that one call carries.
    ///   - singleCallKinds: kinds of which every selector is a call of its own.
    package init(_ most: PurgeAllowance, callItemsMax: Int = 1, singleCallKinds: SelectorKinds = []) {
        self.most = most
        self.callItemsMax = callItemsMax
        self.singleCallKinds = singleCallKinds
    }

    package var count: Int { parts.count }

    /// - Returns: false when the batch has no capacity for it; it stays as it was.
    package mutating func add(_ selectors: Selectors, _ mode: PurgeMode) -> Bool {
        if parts.count == 1 { remember(0) }
        if !parts.isEmpty, let cover = cover(of: selectors, mode) {
            parts.append(Part(selectors: selectors, mode: mode, coveredBy: cover))
            return true
        }
        let (moreItems, moreBytes) = (selectors.count, selectors.byteCount)
        let moreSingles = singleCallKinds.isEmpty ? 0 : selectors.only(singleCallKinds).count
        guard parts.isEmpty || hasCapacity(items + moreItems, singles + moreSingles, bytes + moreBytes) else {
            return false
        }
        items += moreItems
        singles += moreSingles
        bytes += moreBytes
        parts.append(Part(selectors: selectors, mode: mode, coveredBy: nil))
        guard parts.count > 1 else { return true }
        coverEarlier(parts.count - 1)
        remember(parts.count - 1)
        return true
    }

    private func hasCapacity(_ items: Int, _ singles: Int, _ bytes: Int) -> Bool {
        guard items <= most.items, bytes <= most.bytes else { return false }
        guard most.calls != .max else { return true }
        return singles + PurgeCost.calls(items - singles, callItemsMax: callItemsMax) <= most.calls
    }

    /// How many of the requests, from the first on, one purge can carry; its mode; and the request that covers each of
    /// the others.
    package struct Outcome {
        package var mode: PurgeMode
        package var count: Int
        /// One entry a request: nil for one that is sent itself.
        package var covers: [Int?]
    }

    /// - Parameter most: requests that it may carry, at least one.
    /// - Precondition: there is a request.
    package func finish(most: Int = .max) -> Outcome {
        var count = min(parts.count, most)
        while true {
            let sent = (0..<count).filter { root($0, below: count) == $0 }
            let mode = parts[sent[0]].mode
            guard let other = sent.first(where: { parts[$0].mode != mode }) else {
                let covers = (0..<count).map { index in
                    let root = root(index, below: count)
                    return root == index ? nil : root
                }
                return Outcome(mode: mode, count: count, covers: covers)
            }
            // A request that one behind the cut covered is sent itself, and may be of another mode: so look once more.
            count = other
        }
    }

    private func root(_ index: Int, below count: Int) -> Int {
        var index = index
        while let cover = parts[index].coveredBy, cover < count { index = cover }
        return index
    }

    private func cover(of selectors: Selectors, _ mode: PurgeMode) -> Int? {
        var candidates = withEverything
        if let first = selectors.first, let known = byName[first] { candidates.append(known) }
        if !selectors.urls.isEmpty { candidates += withPrefixes }
        return candidates.first { candidate in
            let other = parts[candidate]
            return other.coveredBy == nil && isHardEnough(other.mode, for: mode)
                && other.selectors.covers(selectors)
        }
    }

    /// The new request covers earlier ones from now on.
    private mutating func coverEarlier(_ index: Int) {
        let part = parts[index]
        var candidates: Set<Int> = []
        if part.selectors.everything || !part.selectors.prefixes.isEmpty {
            candidates.formUnion(0..<index)
        } else {
            part.selectors.forEach { selector in
                if let known = byName[selector] { candidates.insert(known) }
            }
        }
        for other in candidates where parts[other].coveredBy == nil {
            if isHardEnough(part.mode, for: parts[other].mode), part.selectors.covers(parts[other].selectors) {
                parts[other].coveredBy = index
            }
        }
    }

    private mutating func remember(_ index: Int) {
        parts[index].selectors.forEach { byName[$0] = index }
        if !parts[index].selectors.prefixes.isEmpty { withPrefixes.append(index) }
        if parts[index].selectors.everything { withEverything.append(index) }
    }

    private func isHardEnough(_ mode: PurgeMode, for other: PurgeMode) -> Bool {
        mode == .hard || other == .soft
    }
}
