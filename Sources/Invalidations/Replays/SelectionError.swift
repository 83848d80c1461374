/// Why a selection of records cannot be used, and what to write in its place.
public struct SelectionError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
