/// The places of the assigned partitions, by topic and partition number: looked up for every record.
struct PartitionIndex {
    private var rows: [[Int32]] = []
    private static let none: Int32 = -1

    subscript(source: SourcePartition) -> Int? {
        get {
            guard rows.indices.contains(source.topic), rows[source.topic].indices.contains(Int(source.partition)) else {
                return nil
            }
            let index = rows[source.topic][Int(source.partition)]
            return index == Self.none ? nil : Int(index)
        }
        set {
            while rows.count <= source.topic { rows.append([]) }
            while rows[source.topic].count <= source.partition { rows[source.topic].append(Self.none) }
            rows[source.topic][Int(source.partition)] = newValue.map { Int32($0) } ?? Self.none
        }
    }

    /// Every partition's place, by topic and number.
    var indices: [Int] { rows.flatMap { row in row.filter { $0 != Self.none }.map { Int($0) } } }
}
