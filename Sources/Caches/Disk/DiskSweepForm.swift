// How an invalidation that is not done is written down.
extension DiskSweep {
    package var form: [UInt8] {
        var bytes: [UInt8] = [isSoft ? 1 : 0, selectors.everything ? 1 : 0]
        PartList.append(selectors.keys.map(\.bytes), to: &bytes)
        PartList.append(selectors.tags.map { Array($0.utf8) }, to: &bytes)
        PartList.append(selectors.prefixes.map(\.stem), to: &bytes)
        PartList.append(selectors.prefixes.map(\.tail), to: &bytes)
        return bytes
    }

    /// - Parameter form: nil is returned for what is no such form.
    package init?(sequence: Int64, namespace: NamespaceNumber, form: [UInt8], now: CacheTime) {
        guard form.count >= 2 else { return nil }
        var left = form[2...]
        guard let keys = PartList.read(&left), let tags = PartList.read(&left), let stems = PartList.read(&left),
            let tails = PartList.read(&left), stems.count == tails.count, left.isEmpty
        else { return nil }
        let selectors = CacheSelectors(
            keys: keys.compactMap { try? CacheKey($0) }, tags: tags.map { String(decoding: $0, as: UTF8.self) },
            prefixes: zip(stems, tails).map { KeyPrefix(stem: $0, tail: $1) }, everything: form[1] == 1)
        self.init(
            sequence: sequence, namespace: namespace, selectors: selectors, isSoft: form[0] == 1, now: now)
    }
}
