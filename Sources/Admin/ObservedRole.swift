public import Runtime
internal import Synchronization

/// A role whose state others may ask for, whatever the role.
public final class ObservedRole: Role {
    private enum State: String {
        case starting = "has not begun its work yet"
        case working
        case draining = "is draining"
        case ended = "has ended"
    }

    public let name: String
    private let role: any Role
    private let state = Mutex(State.starting)

    public init(_ role: any Role) {
        self.role = role
        name = role.name
    }

    /// Nil while the role does its work.
    public var fault: String? {
        let state = state.withLock { $0 }
        return state == .working ? nil : "\(name) \(state.rawValue)"
    }

    public func run(_ stop: StopSignal, ready: @escaping @Sendable () -> Void) throws {
        stop.onChange { [self] _ in enter(.draining) }
        defer { enter(.ended) }
        try role.run(stop) { [self] in
            enter(.working)
            ready()
        }
    }

    /// No way leads back.
    private func enter(_ next: State) {
        state.withLock { state in
            switch (state, next) {
            case (.ended, _), (.draining, .working): break
            default: state = next
            }
        }
    }
}
