internal import Basics

/// Completed offsets: the finished records above the watermark, as the metadata of a commit tells them.
///
/// The text is a version letter and the lengths of runs of offsets, from the watermark on, alternately unfinished and
/// finished, as numbers of variable length in base64. Only ASCII: librdkafka before 2.6.1 damages binary metadata.
public struct CompletedOffsets: Hashable, Sendable {
    /// Three quarters of what a broker takes by default (`offset.metadata.max.bytes`, 4,096).
    public static let bytesMax = 3_072
    private static let version: Character = "a"

    /// Ascending, apart from each other, and each with a first and a last offset.
    public private(set) var runs: [ClosedRange<Int64>] = []

    public init() {}

    /// Reads what was committed beside `offset`. What cannot be read holds nothing: then more is read again.
    public init(metadata: String?, offset: Int64) {
        guard let metadata, metadata.utf8.count <= Self.bytesMax, metadata.first == Self.version,
            var bytes = Base64URL.bytes(metadata.dropFirst())?[...]
        else { return }
        var next = offset
        var isFinished = false
        var runs: [ClosedRange<Int64>] = []
        while let (length, rest) = Varint.read(bytes) {
            let (end, overflow) = next.addingReportingOverflow(Int64(length))
            guard !overflow, length > 0 || (next == offset && !isFinished) else { return }
            if isFinished { runs.append(next...(end - 1)) }
            next = end
            isFinished.toggle()
            bytes = rest
        }
        if bytes.isEmpty { self.runs = runs }
    }

    /// Nil when there is more to say than a commit can carry.
    public func metadata(offset: Int64) -> String? {
        guard !runs.isEmpty else { return "" }
        var bytes: [UInt8] = []
        var next = offset
        for run in runs {
            precondition(run.lowerBound > next || (run.lowerBound == next && next == offset), "runs overlap")
            Varint.append(UInt64(run.lowerBound - next), to: &bytes)
            Varint.append(UInt64(run.upperBound - run.lowerBound + 1), to: &bytes)
            next = run.upperBound + 1
            guard bytes.count <= Self.bytesMax else { return nil }
        }
        let text = String(Self.version) + Base64URL.text(bytes)
        return text.utf8.count <= Self.bytesMax ? text : nil
    }

    /// Forgets everything at that offset and above.
    ///
    /// - Returns: how many offsets that were.
    public mutating func cut(from end: Int64) -> Int64 {
        var count: Int64 = 0
        while let last = runs.last, last.upperBound >= end {
            runs.removeLast()
            count += last.upperBound - max(last.lowerBound, end) + 1
            if last.lowerBound < end { runs.append(last.lowerBound...(end - 1)) }
        }
        return count
    }

    public var isEmpty: Bool { runs.isEmpty }

    public func contains(_ offset: Int64) -> Bool {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].upperBound < offset { low = middle + 1 } else { high = middle }
        }
        return low < runs.count && runs[low].contains(offset)
    }

    /// Adds a run behind all others; neighbours become one.
    mutating func append(_ run: ClosedRange<Int64>) {
        if let last = runs.last {
            precondition(run.lowerBound > last.upperBound, "runs are added in their order")
            if run.lowerBound == last.upperBound + 1 {
                runs[runs.count - 1] = last.lowerBound...run.upperBound
                return
            }
        }
        runs.append(run)
    }
}
