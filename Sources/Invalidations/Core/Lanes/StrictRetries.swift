/// Strict retries: the retries in hand of strict namespaces, by the offset of their origin.
///
/// The next of a line is found without a look at all records.
struct StrictRetries {
    private struct Origin: Hashable {
        let partition: Int32
        let offset: Int64
    }

    private var indices: [Origin: [Int]] = [:]

    func indices(of offset: Int64, partition: Int32) -> [Int] {
        indices[Origin(partition: partition, offset: offset)] ?? []
    }

    mutating func insert(_ index: Int, offset: Int64, partition: Int32) {
        let origin = Origin(partition: partition, offset: offset)
        if indices[origin]?.contains(index) != true { indices[origin, default: []].append(index) }
    }

    mutating func remove(_ index: Int, offset: Int64, partition: Int32) {
        let origin = Origin(partition: partition, offset: offset)
        guard var known = indices[origin] else { return }
        known.removeAll { $0 == index }
        indices[origin] = known.isEmpty ? nil : known
    }
}
