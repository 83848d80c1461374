import JSON
public import Runtime
import Synchronization

/// Which tags came, in which order, and when for the first time.
public final class Arrivals: Sendable {
    private struct State {
        var order: [String: [String]] = [:]
        /// By namespace and tag.
        var first: [String: MonotonicTime] = [:]
        var repeats = 0

        init() {
            // To find a larger place for tens of thousands takes so long that a measurement would show it.
            first.reserveCapacity(100_000)
        }
    }

    private let state = Mutex(State())

    public init() {}

    /// Different tags so far.
    public var count: Int { state.withLock { $0.first.count } }

    /// Tags that came although they had come before.
    public var repeats: Int { state.withLock { $0.repeats } }

    /// First arrivals by namespace.
    public var order: [String: [String]] { state.withLock { $0.order } }

    /// When the tag came for the first time.
    public func time(namespace: String, _ tag: String) -> MonotonicTime? {
        state.withLock { $0.first["\(namespace) \(tag)"] }
    }

    /// - Parameter body: of a call of the `http` adapter.
    public func record(_ body: [UInt8]) throws {
        let (namespace, tags) = try JSONParser(bytesMax: 1 << 20).parse(body) { root in
            var tags: [String] = []
            root["tags"]?.forEachElement { tags.append($0.string ?? "") }
            return (root["namespace"]?.string ?? "", tags)
        }
        record(namespace: namespace, tags)
    }

    public func record(namespace: String, _ tags: [String]) {
        let now = MonotonicTime.now()
        state.withLock { state in
            // Markers show whether an edge works: nobody published them.
            for tag in tags where !tag.hasPrefix("cachesync-check-") {
                let key = "\(namespace) \(tag)"
                if state.first[key] == nil {
                    state.first[key] = now
                    state.order[namespace, default: []].append(tag)
                } else {
                    state.repeats += 1
                }
            }
        }
    }
}
