/// Quota: so many requests in so many seconds, such as 100 in one.
public struct Quota: Hashable, Sendable {
    public var amount: Int
    public var seconds: Int

    /// - Returns: nil unless something passes.
    public init?(amount: Int, seconds: Int) {
        guard (1...1_000_000_000).contains(amount), (1...86_400).contains(seconds) else { return nil }
        self.amount = amount
        self.seconds = seconds
    }
}
