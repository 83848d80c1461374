import CEvent
import Glibc

/// Owns libevent's base. Watches and timers hold it too, so that the base outlives their events.
final class EventBase {
    let pointer: OpaquePointer
    private let owner = pthread_self()

    init() throws {
        guard let configuration = event_config_new() else { throw EventLoopError("no memory for an event loop") }
        defer { event_config_free(configuration) }
        // One thread per base needs no locks. The cached time of a turn would make a timer that is scheduled
        // at the end of a long handler fire too early.
        let flags = [EVENT_BASE_FLAG_NOLOCK, EVENT_BASE_FLAG_PRECISE_TIMER, EVENT_BASE_FLAG_NO_CACHE_TIME]
        for flag in flags { event_config_set_flag(configuration, Int32(flag.rawValue)) }
        for method in ["select", "poll"] { event_config_avoid_method(configuration, method) }
        guard let base = event_base_new_with_config(configuration) else {
            throw EventLoopError("no event loop: the system offers neither epoll nor kqueue, or no descriptor is left")
        }
        pointer = base
    }

    deinit { event_base_free(pointer) }

    /// Checked in debug builds only: this stands on the hot path.
    func assertOwner() {
        assert(pthread_equal(owner, pthread_self()) != 0, "an event loop is used by its own thread alone")
    }
}

/// The system refused something to the event loop; the description says what and why.
public struct EventLoopError: Error, CustomStringConvertible, Sendable {
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    /// Takes the calling thread's errno.
    init(call: String) {
        description = "\(call): \(String(cString: strerror(errno)))"
    }
}
