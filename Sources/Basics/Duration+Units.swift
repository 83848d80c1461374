// Durations as whole numbers of a unit: ±292 years of nanoseconds at most, and accordingly more of larger units.
extension Duration {
    /// Rounded toward zero.
    public var nanoseconds: Int64 { count(unitsPerSecond: 1_000_000_000, isRoundedUp: false) }
    public var nanosecondsRoundedUp: Int64 { count(unitsPerSecond: 1_000_000_000, isRoundedUp: true) }
    /// Rounded toward zero.
    public var microseconds: Int64 { count(unitsPerSecond: 1_000_000, isRoundedUp: false) }
    public var microsecondsRoundedUp: Int64 { count(unitsPerSecond: 1_000_000, isRoundedUp: true) }
    /// Rounded toward zero.
    public var milliseconds: Int64 { count(unitsPerSecond: 1_000, isRoundedUp: false) }
    public var millisecondsRoundedUp: Int64 { count(unitsPerSecond: 1_000, isRoundedUp: true) }

    /// With its fraction.
    public var secondsAndFraction: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    /// Bounded by what 64 bits hold.
    @inline(__always)
    private func count(unitsPerSecond: Int64, isRoundedUp: Bool) -> Int64 {
        let (seconds, attoseconds) = components
        let (whole, remainder) = attoseconds.quotientAndRemainder(
            dividingBy: 1_000_000_000_000_000_000 / unitsPerSecond)
        let fraction = isRoundedUp && remainder > 0 ? whole + 1 : whole
        let (product, overflow) = seconds.multipliedReportingOverflow(by: unitsPerSecond)
        let (sum, carry) = product.addingReportingOverflow(fraction)
        guard !overflow, !carry else { return seconds < 0 ? .min : .max }
        return sum
    }
}
