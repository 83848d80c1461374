/// A member of a request's body holds what it must not.
struct BodyError: Error {
    let field: String
    let demand: String

    init(_ field: String, _ demand: String) {
        (self.field, self.demand) = (String(field.prefix(64)), demand)
    }
}
