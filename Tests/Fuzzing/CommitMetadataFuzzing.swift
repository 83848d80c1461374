import Invalidations
import Workers

/// What stands beside a committed offset: a log's mark and the set of finished records.
enum CommitMetadataFuzzing {
    private static let offsets: [Int64] = [0, 1_000, .max - 10, .max]

    static func read(_ bytes: UnsafeRawBufferPointer) {
        let text = String(decoding: bytes, as: UTF8.self)
        let metadata = CommitMetadata(text: text)
        if metadata.mark != nil {
            precondition(CommitMetadata(text: metadata.text) == metadata, "a commit's text changes on its way")
        }
        for offset in offsets {
            finished(text, offset)
            finished(metadata.completed, offset)
        }
    }

    private static func finished(_ text: String, _ offset: Int64) {
        var set = CompletedOffsets(metadata: text, offset: offset)
        for run in set.runs {
            precondition(run.lowerBound >= offset, "a run lies below the offset")
            precondition(set.contains(run.lowerBound) && set.contains(run.upperBound), "a run is not in its set")
        }
        // Another text may say the same in more bytes; what we write is read again as it was.
        if let written = set.metadata(offset: offset) {
            precondition(CompletedOffsets(metadata: written, offset: offset) == set, "a set changes on its way")
        }
        _ = set.cut(from: offset)
        precondition(set.isEmpty, "something is left above the cut")
    }
}
