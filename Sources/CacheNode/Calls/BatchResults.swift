internal import Dispatch
internal import Synchronization

/// Results of a batch, by the number of the operation: some come later, from other threads.
///
/// One thread begins operations and waits for those under way; each of them ends within a bounded time.
final class BatchResults: Sendable {
    private let results: Mutex<[BatchResult?]>
    private let ended = DispatchSemaphore(value: 0)
    private let underWay = Mutex(0)

    init(count: Int) {
        results = Mutex(Array(repeating: nil, count: count))
    }

    func set(_ result: BatchResult, _ index: Int) {
        results.withLock { if $0.indices.contains(index) { $0[index] = result } }
    }

    /// - Returns: what takes the result later, once.
    func expect(_ index: Int) -> @Sendable (BatchResult) -> Void {
        underWay.withLock { $0 += 1 }
        return { [self] result in
            set(result, index)
            ended.signal()
        }
    }

    /// Waits until all that is under way has ended.
    func waitForAll() {
        let count = underWay.withLock { count in
            defer { count = 0 }
            return count
        }
        for _ in 0..<count { ended.wait() }
    }

    /// All of them, in the order of the operations.
    var all: [BatchResult] { results.withLock { $0.compactMap(\.self) } }
}
