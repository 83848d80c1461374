public import Invalidations

/// Whether a view is fresh enough to be told from.
public enum ViewAge {
    /// What is wrong with a view that was up to date at that time; nil where nothing is.
    ///
    /// - Parameter asOf: nil for a view that never was.
    public static func problem(asOf: Timestamp?, now: Timestamp, max: Duration) -> String? {
        guard let asOf else { return "the view has not caught up with its topics yet" }
        let (age, overflow) = now.milliseconds.subtractingReportingOverflow(asOf.milliseconds)
        guard overflow || age > Int64(max / .milliseconds(1)) else { return nil }
        return "the view is as of \(asOf), \(age / 1_000) s ago: its projector is gone, stuck or behind"
    }
}
