/// What strict namespaces have put off and not ended yet: while an earlier request waits, no later one may go.
///
/// A set of offsets, not a counter: a record may be read twice, and what is counted twice never ends.
struct StrictOrder {
    struct Line: Hashable {
        let partition: Int32
        let namespace: Namespace
        let edge: Int
        let priority: Int
    }

    /// Ascending offsets on the invalidation topic; never empty.
    private var outstanding: [Line: [Int64]] = [:]

    var isEmpty: Bool { outstanding.isEmpty }

    /// The earliest request that still has to end.
    func head(_ line: Line) -> Int64? { outstanding[line]?.first }

    mutating func insert(_ offset: Int64, _ line: Line) {
        let place = outstanding[line, default: []].place(of: offset)
        if let known = outstanding[line], place < known.count, known[place] == offset { return }
        outstanding[line, default: []].insert(offset, at: place)
    }

    /// - Returns: the one whose turn it is now, if the line moved on.
    mutating func remove(_ offset: Int64, _ line: Line) -> Int64? {
        guard let place = outstanding[line]?.place(of: offset), let known = outstanding[line], place < known.count,
            known[place] == offset
        else { return nil }
        if known.count == 1 {
            outstanding[line] = nil
            return nil
        }
        outstanding[line]?.remove(at: place)
        return place == 0 ? outstanding[line]?.first : nil
    }

    /// For the inventory: each line with what stands in it.
    var lines: [String] {
        outstanding.map { line, offsets in
            "strict line \(line.partition) \(line.namespace) edge \(line.edge) priority \(line.priority): "
                + offsets.prefix(5).map(String.init).joined(separator: " ") + (offsets.count > 5 ? " …" : "")
        }.sorted()
    }

    mutating func forget(partitions: Set<Int32>) {
        outstanding = outstanding.filter { !partitions.contains($0.key.partition) }
    }
}

extension [Int64] {
    /// Where the offset stands among ascending ones, or would stand.
    fileprivate func place(of offset: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
