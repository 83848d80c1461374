import Foundation
import Runtime
import Synchronization
import TestSupport

/// Readers at a steady pace, each on a connection of its own.
///
/// A read counts from the moment it was due, so a slow answer counts for those that had to wait behind it, too.
final class PacedReaders: Sendable {
    private struct State {
        var reads: [(dueAt: MonotonicTime, time: Duration)] = []
        var problem: String?
        var isEnding = false
        var active: Int
    }

    private let port: Int
    private let targets: [String]
    private let pause: Duration
    private let state: Mutex<State>

    /// - Parameters:
    ///   - targets: what is read, in turn.
    ///   - perSecond: reads of each reader.
    init(port: Int, targets: [String], readers: Int, perSecond: Int) {
        (self.port, self.targets) = (port, targets)
        pause = .seconds(1) / perSecond
        state = Mutex(State(active: readers))
        for reader in 0..<readers {
            Thread.detachNewThread { [self] in
                do {
                    try read(from: reader * targets.count / readers)
                } catch {
                    state.withLock { $0.problem = "\(error)" }
                }
                state.withLock { $0.active -= 1 }
            }
        }
    }

    /// - Throws: when a read got no value.
    func finish() throws {
        state.withLock { $0.isEnding = true }
        try eventually("the readers have ended", within: .seconds(60)) { state.withLock { $0.active == 0 } }
        if let problem = state.withLock({ $0.problem }) { throw BenchmarkError("a read failed: \(problem)") }
    }

    /// Of the reads that were due within that time.
    func summary(from begin: MonotonicTime, to end: MonotonicTime) throws -> LatencySummary {
        let times = state.withLock { state in
            state.reads.filter { $0.dueAt >= begin && $0.dueAt < end }.map(\.time)
        }
        guard !times.isEmpty else { throw BenchmarkError("no read was due within \(end - begin)") }
        return LatencySummary(times)
    }

    private func read(from first: Int) throws {
        let socket = try RawHTTP.connect(port)
        defer { close(socket) }
        var due = MonotonicTime.now()
        var number = first
        while !state.withLock({ $0.isEnding }) {
            let early = due - .now()
            // The pace itself: who is late asks at once.
            if early > .zero { usleep(UInt32(early / .microseconds(1))) }
            try readOnce(socket, targets[number % targets.count])
            let read = (dueAt: due, time: MonotonicTime.now() - due)
            state.withLock { $0.reads.append(read) }
            number += 1
            due = due + pause
        }
    }

    private func readOnce(_ socket: Int32, _ target: String) throws {
        let request = Array("GET \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
        guard RawHTTP.sendAtOnce(socket, request) == request.count else { throw BenchmarkError("not sent") }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !Self.isWhole(answer) {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { throw BenchmarkError("closed after \(String(decoding: answer, as: UTF8.self))") }
            answer += buffer[..<count]
            let isRight = answer.count < Self.success.count || answer.starts(with: Self.success)
            guard isRight else { throw BenchmarkError(String(decoding: answer, as: UTF8.self)) }
        }
    }

    private static let success = Array("HTTP/1.1 200 ".utf8)

    /// The values are one byte long, and so are the bodies.
    private static func isWhole(_ answer: [UInt8]) -> Bool {
        answer.dropLast().suffix(4).elementsEqual("\r\n\r\n".utf8)
    }
}
