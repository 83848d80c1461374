/// Retries of strict namespaces in hand, by the record on an invalidation topic that they began with: the next in line is
/// found without a look at all records.
struct StrictRetries {
    private struct Origin: Hashable {
        let partition: Int32
        let offset: Int64
    }

    private var places: [Origin: [Int]] = [:]

    func places(of offset: Int64, partition: Int32) -> [Int] {
        places[Origin(partition: partition, offset: offset)] ?? []
    }

    mutating func insert(_ place: Int, offset: Int64, partition: Int32) {
        let origin = Origin(partition: partition, offset: offset)
        if places[origin]?.contains(place) != true { places[origin, default: []].append(place) }
    }

    mutating func remove(_ place: Int, offset: Int64, partition: Int32) {
        let origin = Origin(partition: partition, offset: offset)
        guard var known = places[origin] else { return }
        known.removeAll { $0 == place }
        places[origin] = known.isEmpty ? nil : known
    }
}
