/// A query parameter holds what it must not.
struct ParameterError: Error {
    let name: String
    let demand: String

    init(_ name: String, _ demand: String) {
        (self.name, self.demand) = (name, demand)
    }
}
