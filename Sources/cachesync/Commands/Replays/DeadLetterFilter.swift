import Foundation
import Invalidations
import Replays

/// What a view cannot select dead letters by: what their values say, and offsets.
struct DeadLetterFilter {
    private let filter: ReplayFilter
    private let namesClass: Bool
    private let bounds: TimeBounds
    private let decoder = InvalidationDecoder()

    /// - Parameter names: whether single dead letters are named.
    /// - Throws: `RunError.invalid`
    init(_ spec: RunSpec, _ bounds: TimeBounds, names: Bool) throws {
        filter = try spec.filter()
        namesClass = spec.classes != nil || names
        self.bounds = bounds
    }

    /// Whether dead letters have to be read with their values.
    var needsValues: Bool {
        !filter.tags.isEmpty || !filter.urls.isEmpty || !filter.sources.isEmpty || filter.kinds != .all
            || filter.priorities.count < Priority.allCases.count
    }

    /// Whether it selects less than the view did.
    var isEmpty: Bool { !needsValues && offsets.isEmpty }

    func matches(_ item: DeadLetterItem) -> Bool {
        guard isInBounds(item) else { return false }
        guard needsValues else { return true }
        let value = item.value.flatMap { Data(base64Encoded: $0) }
        let invalidation = value.flatMap { data in
            data.withUnsafeBytes { bytes in
                try? decoder.decode(
                    record: bytes, time: item.time.flatMap { Timestamp($0) } ?? Timestamp(milliseconds: 0),
                    arrival: nil, event: nil)
            }
        }
        // What cannot be read is selected only where its class, or itself, is named.
        return invalidation.map { filter.matches($0) } ?? namesClass
    }

    private var offsets: [[Int32: Int64]] {
        [bounds.from, bounds.until].compactMap { if case .offsets(let offsets) = $0 { offsets } else { nil } }
    }

    private func isInBounds(_ item: DeadLetterItem) -> Bool {
        guard let name = DeadLetterName(item.deadLetter) else { return false }
        guard bounds.reads(partition: name.partition) else { return false }
        if case .offsets(let from) = bounds.from, name.offset < from[name.partition] ?? 0 { return false }
        if case .offsets(let until) = bounds.until, name.offset >= until[name.partition] ?? 0 { return false }
        return true
    }
}
