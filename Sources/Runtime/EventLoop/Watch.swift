import CEvent

/// What a descriptor is watched for, and what it has become.
public struct Interest: OptionSet, Hashable, Sendable {
    public let rawValue: Int16

    public init(rawValue: Int16) {
        self.rawValue = rawValue
    }

    public static let read = Interest(rawValue: Int16(EV_READ))
    public static let write = Interest(rawValue: Int16(EV_WRITE))
    public static let readWrite: Interest = [.read, .write]
}

/// A descriptor that the loop waits for. Ends with `cancel()` or its last reference.
public final class Watch {
    public let descriptor: Int32
    public private(set) var interest: Interest
    private let base: EventBase
    private let event: OpaquePointer
    private let flags: Int16
    private var handler: ((Interest) -> Void)?

    init(
        _ base: EventBase, _ descriptor: Int32, _ interest: Interest, persist: Bool,
        _ handler: @escaping (Interest) -> Void
    ) throws {
        flags = persist ? Int16(EV_PERSIST) : 0
        guard let event = event_new(base.pointer, descriptor, flags | interest.rawValue, Self.fire, nil) else {
            throw EventLoopError(call: "event_new")
        }
        self.base = base
        self.descriptor = descriptor
        self.interest = interest
        self.event = event
        self.handler = handler
        try arm()
    }

    deinit {
        base.assertOwner()
        event_free(event)
    }

    /// Waits for something else from now on; for nothing if `interest` is empty, until the next update.
    public func update(_ interest: Interest) throws {
        base.assertOwner()
        precondition(handler != nil, "a cancelled watch can't be used again")
        self.interest = interest
        event_del(event)
        try arm()
    }

    /// The handler is not called any more, and let go.
    public func cancel() {
        base.assertOwner()
        event_del(event)
        handler = nil
    }

    private func arm() throws {
        guard !interest.isEmpty else { return }
        // Unretained: the event ends with this object (deinit), so it never sees a dead one.
        event_assign(
            event, base.pointer, descriptor, flags | interest.rawValue, Self.fire,
            Unmanaged.passUnretained(self).toOpaque())
        guard event_add(event, nil) == 0 else { throw EventLoopError(call: "watching descriptor \(descriptor)") }
    }

    private static let fire: event_callback_fn = { _, flags, context in
        guard let context else { return }
        // Held for the length of the call: the handler may drop the last other reference.
        let watch = Unmanaged<Watch>.fromOpaque(context).takeUnretainedValue()
        withExtendedLifetime(watch) {
            watch.handler?(Interest(rawValue: flags).intersection(.readWrite))
        }
    }
}
