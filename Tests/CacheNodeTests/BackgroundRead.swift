import Dispatch
import Foundation
import Synchronization
import TestSupport

/// One read on a thread of its own.
final class BackgroundRead: Sendable {
    private let answer = Mutex<Result<RawAnswer, CacheFixtureError>?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    init(_ read: @escaping @Sendable () throws -> RawAnswer) {
        Thread.detachNewThread { [self] in
            let result = Result { try read() }.mapError { CacheFixtureError(description: "\($0)") }
            answer.withLock { $0 = result }
            ended.signal()
        }
    }

    func result() throws -> RawAnswer {
        ended.wait()
        defer { ended.signal() }
        guard let result = answer.withLock({ $0 }) else {
            throw CacheFixtureError(description: "the read has no answer")
        }
        return try result.get()
    }
}
