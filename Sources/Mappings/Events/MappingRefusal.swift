/// Why an event cannot be mapped, as a sentence for the log.
struct MappingRefusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
