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
        var carrier: Int?
    }

    private let most: PurgeAllowance
    private let callItemsMax: Int
    private let singleCallKinds: SelectorKinds
    private let fault: PlantedFault?
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
    init(
        _ most: PurgeAllowance, callItemsMax: Int = 1, singleCallKinds: SelectorKinds = [],
        fault: PlantedFault? = nil
    ) {
        self.most = most
        self.callItemsMax = callItemsMax
        self.singleCallKinds = singleCallKinds
        self.fault = fault
    }

    /// A draft of one request: nothing to compare, nothing to remember.
    var count: Int { parts.count }

    /// - Returns: false when the batch has no room for it; it stays as it was.
    mutating func add(_ selectors: Selectors, _ mode: PurgeMode) -> Bool {
        if parts.count == 1 { remember(0) }
        if !parts.isEmpty, let carrier = carrier(of: selectors, mode) {
            parts.append(Part(selectors: selectors, mode: mode, carrier: carrier))
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
        parts.append(Part(selectors: selectors, mode: mode, carrier: nil))
        guard parts.count > 1 else { return true }
        takeOver(parts.count - 1)
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
        var carriers: [Int?]
    }

    /// - Precondition: there is a request.
    func finish() -> Outcome {
        var count = parts.count
        while true {
            let sent = (0..<count).filter { root($0, below: count) == $0 }
            let mode = parts[sent[0]].mode
            guard let other = sent.first(where: { parts[$0].mode != mode }) else {
                let carriers = (0..<count).map { place in
                    let root = root(place, below: count)
                    return root == place ? nil : root
                }
                return Outcome(mode: mode, count: count, carriers: carriers)
            }
            // What rode on something behind the cut is sent itself, and may be of another mode: so look again.
            count = other
        }
    }

    private func root(_ place: Int, below count: Int) -> Int {
        var place = place
        while let carrier = parts[place].carrier, carrier < count { place = carrier }
        return place
    }

    private func carrier(of selectors: Selectors, _ mode: PurgeMode) -> Int? {
        var candidates = withEverything
        if let first = selectors.first, let known = byName[first] { candidates.append(known) }
        if !selectors.urls.isEmpty { candidates += withPrefixes }
        return candidates.first { candidate in
            let carrier = parts[candidate]
            if fault == .narrowOverWide, carrier.carrier == nil { return true }
            return carrier.carrier == nil && isHardEnough(carrier.mode, for: mode)
                && carrier.selectors.covers(selectors)
        }
    }

    /// What the new request covers rides on it from now on.
    private mutating func takeOver(_ place: Int) {
        let part = parts[place]
        var candidates: Set<Int> = []
        if part.selectors.everything || !part.selectors.prefixes.isEmpty {
            candidates.formUnion(0..<place)
        } else {
            part.selectors.forEach { selector in
                if let known = byName[selector] { candidates.insert(known) }
            }
        }
        for other in candidates where parts[other].carrier == nil {
            if isHardEnough(part.mode, for: parts[other].mode), part.selectors.covers(parts[other].selectors) {
                parts[other].carrier = place
            }
        }
    }

    private mutating func remember(_ place: Int) {
        parts[place].selectors.forEach { byName[$0] = place }
        if !parts[place].selectors.prefixes.isEmpty { withPrefixes.append(place) }
        if parts[place].selectors.everything { withEverything.append(place) }
    }

    private func isHardEnough(_ mode: PurgeMode, for other: PurgeMode) -> Bool {
        mode == .hard || other == .soft || fault == .softOverHard
    }
}
