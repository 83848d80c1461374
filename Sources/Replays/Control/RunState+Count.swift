// The number by which a runner says that others match than were expected.
extension RunState {
    /// What the reason of such a run has behind the number.
    private static let countWords = " records match"

    /// How many records match; nil for a run that has not failed because others were expected.
    public var countFound: Int64? {
        guard phase == .failed, let reason, let words = reason.firstRange(of: Self.countWords) else { return nil }
        return Int64(reason[..<words.lowerBound])
    }
}
