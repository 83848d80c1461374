/// Where a record stands in a list of records.
struct ListLinks {
    var previous: Int32 = none
    var next: Int32 = none
    /// Which list it is in; nil for none.
    var list: Int8?
    /// When the list's owner wants to look at it, on the monotonic clock.
    var due: Int64 = 0

    static let none: Int32 = -1
}

/// Records in the order in which they are due, because each waits as long as the others: linked through the records
/// themselves, so that any of them leaves in constant time and nothing is kept for those that have.
struct RecordList {
    let number: Int8
    private(set) var first: Int32 = ListLinks.none
    private var last: Int32 = ListLinks.none

    init(_ number: Int8) {
        self.number = number
    }

    mutating func append(_ index: Int, due: Int64, in records: inout Pool<OpenRecord>) {
        precondition(records[index].links.list == nil, "a record is in one list at a time")
        records[index].links = ListLinks(previous: last, next: ListLinks.none, list: number, due: due)
        if last == ListLinks.none { first = Int32(index) } else { records[Int(last)].links.next = Int32(index) }
        last = Int32(index)
    }

    mutating func remove(_ index: Int, from records: inout Pool<OpenRecord>) {
        let links = records[index].links
        precondition(links.list == number, "the record is not in the list")
        if links.previous == ListLinks.none {
            first = links.next
        } else {
            records[Int(links.previous)].links.next = links.next
        }
        if links.next == ListLinks.none {
            last = links.previous
        } else {
            records[Int(links.next)].links.previous = links.previous
        }
        records[index].links = ListLinks()
    }
}
