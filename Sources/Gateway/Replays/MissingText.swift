internal import Invalidations
internal import Kafka

/// Text about records that a range asks for and retention has removed.
enum MissingText {
    /// - Returns: nil where nothing is missing.
    static func line(_ range: ResolvedRange) -> String? {
        switch range.missing {
        case nil: nil
        case .offsets(let gone): "offsets \(gone.lowerBound) to \(gone.upperBound) of \(range.range.partition)"
        case .times(let gone):
            "\(range.range.partition) holds nothing from before \(Timestamp(milliseconds: gone.upperBound).text)"
        case .unknown: "\(range.range.partition) is empty, and has held records"
        }
    }
}
