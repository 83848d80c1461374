/// Makes one purge of what waits in a lane.
///
/// Requests are added in publish order. One whose selectors another one covers rides on it: it is not sent, and shares
/// its carrier's fate. A carrier is as hard or harder than what rides on it, and it may come later than its riders:
/// they all waited when the purge began, so one purge serves them all.
struct BatchDraft {
    private struct Part {
        var selectors: Selectors
        var mode: PurgeMode
        /// The one it rides on.
        var cover: Int?
    }

    private let most: PurgeAllowance
    private let callItemsMax: Int
    private let singleCallKinds: SelectorKinds
    private var parts: [Part] = []
    private var items = 0
    /// Of the items, those that are a call of their own each.
    private var singles = 0
    private var bytes = 0
    /// The last carrier that names the selector. Empty as long as there is a single request, the most frequent case.
    private var byName: [Selector: Int] = [:]
    private var withPrefixes: [Int] = []
    private var withEverything: [Int] = []

    /// - Parameters:
    ///   - most: calls, items and bytes; a single request may have more.
    ///   - callItemsMax: items that one call carries.
    ///   - singleCallKinds: kinds of which every selector is a call of its own.
    init(_ most: PurgeAllowance, callItemsMax: Int = 1, singleCallKinds: SelectorKinds = []) {
        self.most = most
        self.callItemsMax = callItemsMax
        self.singleCallKinds = singleCallKinds
    }

    /// A draft of one request: nothing to compare, nothing to remember.
    var count: Int { parts.count }

    /// - Returns: false when the batch has no room for it; it stays as it was.
    mutating func add(_ selectors: Selectors, _ mode: PurgeMode) -> Bool {
        if parts.count == 1 { remember(0) }
        if !parts.isEmpty, let cover = cover(of: selectors, mode) {
            parts.append(Part(selectors: selectors, mode: mode, cover: cover))
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
        parts.append(Part(selectors: selectors, mode: mode, cover: nil))
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

    /// How many of the requests, from the first on, one purge can carry; its mode; and the carrier of each that rides.
    struct Outcome {
        var mode: PurgeMode
        var count: Int
        /// One entry a request: nil for one that is sent itself.
        var covers: [Int?]
    }

    /// - Precondition: there is a request.
    func finish() -> Outcome {
        var count = parts.count
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
            // What rode on something behind the cut is sent itself, and may be of another mode: so look again.
            count = other
        }
    }

    private func root(_ index: Int, below count: Int) -> Int {
        var index = index
        while let cover = parts[index].cover, cover < count { index = cover }
        return index
    }

    private func cover(of selectors: Selectors, _ mode: PurgeMode) -> Int? {
        var candidates = withEverything
        if let first = selectors.first, let known = byName[first] { candidates.append(known) }
        if !selectors.urls.isEmpty { candidates += withPrefixes }
        return candidates.first { candidate in
            let cover = parts[candidate]
            return cover.cover == nil && isHardEnough(cover.mode, for: mode)
                && cover.selectors.covers(selectors)
        }
    }

    /// What the new request covers rides on it from now on.
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
        for other in candidates where parts[other].cover == nil {
            if isHardEnough(part.mode, for: parts[other].mode), part.selectors.covers(parts[other].selectors) {
                parts[other].cover = index
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
