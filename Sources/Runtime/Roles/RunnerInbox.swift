import Glibc
import Synchronization

/// What the runner's thread waits for: news of role threads and signals.
final class RunnerInbox: Sendable {
    enum Event: Sendable {
        case ready(role: Int)
        case ended(role: Int, (any Error)?)
        /// The caller's own stop signal changed.
        case asked(StopSignal.Phase)
        case signal(Int32)
    }

    private let events = Mutex<[Event]>([])
    private let signals: SignalSource
    private let pipe = WakePipe.required()

    init(signals: SignalSource) {
        self.signals = signals
    }

    func post(_ event: Event) {
        events.withLock { $0.append(event) }
        pipe.wake()
    }

    /// Waits for news until `deadline`.
    ///
    /// - Returns: nothing when the deadline has passed.
    func waitForEvents(until deadline: ContinuousClock.Instant?) -> [Event] {
        while true {
            let news = takeEvents()
            if !news.isEmpty { return news }
            var timeout: Int32 = -1
            if let deadline {
                let left = deadline - .now
                if left <= .zero { return [] }
                // Rounded up, so as not to spin in the last millisecond; an hour at a time is enough.
                timeout = Int32(min(left, .seconds(3_600)) / .milliseconds(1)) + 1
            }
            var descriptors = [signals.readDescriptor, pipe.readDescriptor].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            poll(&descriptors, nfds_t(descriptors.count), timeout)
        }
    }

    private func takeEvents() -> [Event] {
        // First the bytes, then the events: what comes in between leaves its byte for the next call.
        pipe.drain()
        let posted = events.withLock { events in
            defer { events.removeAll() }
            return events
        }
        return signals.takeSignals().map(Event.signal) + posted
    }
}
