internal import Caches
internal import HTTP

/// The form of a value that a client gets: compressed as it is held, or as the publisher sent it.
struct AnsweredValue {
    let value: CacheValue
    let coding: CacheValue.Coding

    init(_ value: CacheValue, for headers: HTTPHeaders) {
        self.value = value
        // Who holds nothing compressed does not read the list.
        guard value.coding == .zstd else {
            coding = .identity
            return
        }
        coding = ContentCoding.chosen(by: headers.all("Accept-Encoding"), of: [.zstd]) == nil ? .identity : .zstd
    }

    var entityTag: String { value.entityTag.text(coding) }

    /// Nil where the value can't be expanded.
    var body: [UInt8]? { coding == value.coding ? value.held : value.expanded() }

    /// Fields of the body alone.
    var fields: [(String, String)] {
        let type = ("Content-Type", "application/json")
        return coding == .zstd ? [type, ("Content-Encoding", "zstd")] : [type]
    }
}
