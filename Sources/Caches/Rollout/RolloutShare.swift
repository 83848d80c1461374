public import Invalidations

/// Share of a namespace's keys, in thousandths of a percent.
public struct RolloutShare: Hashable, Comparable, Sendable, CustomStringConvertible {
    public static let none = RolloutShare(parts: 0)
    public static let whole = RolloutShare(parts: wholeParts)
    static let wholeParts = 100_000

    public let parts: Int

    public init(parts: Int) {
        self.parts = min(max(0, parts), Self.wholeParts)
    }

    /// - Returns: nil for what is no percentage.
    public init?(percent: Double) {
        guard (0...100).contains(percent) else { return nil }
        self.init(parts: Int((percent * 1_000).rounded()))
    }

    /// - Parameter percent: such as `5` or `0.25`.
    public init?(_ percent: String) {
        guard !percent.isEmpty, percent.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
            let number = Double(percent)
        else { return nil }
        self.init(percent: number)
    }

    /// In percent, with as few digits as possible.
    public var description: String {
        let (whole, fraction) = (parts / 1_000, parts % 1_000)
        guard fraction > 0 else { return "\(whole)" }
        var digits = String(String(1_000 + fraction).dropFirst())
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    public static func < (a: RolloutShare, b: RolloutShare) -> Bool { a.parts < b.parts }

    /// Whether a key is among them. A larger share of the same salt has all keys of a smaller one.
    public func contains(_ key: CacheKey, of namespace: Namespace, salt: UInt64) -> Bool {
        parts == Self.wholeParts || Self.bucket(of: key, in: namespace, salt: salt) < parts
    }

    /// Of 100,000 buckets that of a key. It depends on the key alone, so one key is never written in two ways.
    static func bucket(of key: CacheKey, in namespace: Namespace, salt: UInt64) -> Int {
        // No name has a zero byte, so name and key cannot be mistaken for others.
        let hash = SipHash(key0: salt, key1: 0).hash(Array(namespace.name.utf8) + [0] + key.bytes)
        return Int(hash % UInt64(wholeParts))
    }
}
