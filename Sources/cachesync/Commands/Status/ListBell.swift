import Foundation
import Runtime
import Synchronization

/// Bell of a watched list: rings when a stream tells of something, or each second.
///
/// The list itself comes from the gateway: it has filters and an order that a stream knows nothing of.
final class ListBell: Sendable {
    private struct State {
        var isOpen = true
        /// The stream is there, so that silence means that nothing happens.
        var isServed = false
        var isRung = false
        /// The view comes a little later than the stream: until then it is looked at as without one.
        var busyUntil = MonotonicTime.now()
    }

    /// The longest time without a look, whatever the stream says.
    static let pauseMax = Duration.seconds(15)
    private static let interval = Duration.seconds(1)
    /// Between two looks, however much happens.
    private static let pauseMin = Duration.milliseconds(200)
    private static let viewLagMax = Duration.seconds(5)
    private static let reconnectPause = 1.0  // seconds

    private let settings: Settings
    private let path: String
    private let state = Mutex(State())
    private let rung = DispatchSemaphore(value: 0)

    /// - Parameter namespace: nil for all that the credential may see.
    init(_ settings: Settings, namespace: String?) throws {
        self.settings = settings
        path = "/events" + (namespace.map { "?namespace=\(RequestList.escaped($0))" } ?? "")
    }

    /// - Throws: `SystemCallError` when the system gives no thread.
    func startListening() throws {
        try NamedThread.startThread("events") { [self] in listen() }
    }

    /// The thread ends by itself, with the process at the latest.
    func stop() {
        state.withLock { $0.isOpen = false }
    }

    /// Waits until there may be something new.
    func waitForNews(atMost time: Duration) {
        let (isServed, isBusy) = state.withLock { ($0.isServed, MonotonicTime.now() < $0.busyUntil) }
        let pause = min(time, isServed && !isBusy ? Self.pauseMax : Self.interval)
        Thread.sleep(forTimeInterval: min(pause, Self.pauseMin) / .seconds(1))
        let remainder = pause - Self.pauseMin
        if remainder > .zero { _ = rung.wait(timeout: .now() + remainder / .seconds(1)) }
        // What rings from now on is of something newer.
        state.withLock { $0.isRung = false }
    }

    private var isOpen: Bool { state.withLock { $0.isOpen } }

    private func listen() {
        guard let client = try? GatewayClient(settings) else { return }
        var follower = EventFollower(client, path: path)
        while isOpen {
            let cut = try? follower.follow(opened: { [self] in state.withLock { $0.isServed = true } }) { [self] _ in
                ring()
                return isOpen
            } while: { [self] in
                isOpen
            }
            state.withLock { $0.isServed = false }
            // Whatever has happened meanwhile is looked for.
            ring()
            guard cut == .lost else { return }
            Thread.sleep(forTimeInterval: Self.reconnectPause)
        }
    }

    private func ring() {
        let isFirst = state.withLock { state in
            state.busyUntil = .now() + Self.viewLagMax
            defer { state.isRung = true }
            return !state.isRung
        }
        if isFirst { rung.signal() }
    }
}
