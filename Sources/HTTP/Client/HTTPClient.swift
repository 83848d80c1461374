import CCurl
public import Runtime

/// An HTTP client on an event loop, for many requests at a time; it belongs to the loop's thread.
///
/// Connections are kept and used again. A request on a kept connection that turns out to be closed is sent once
/// more on a new one, so a request must be safe to repeat.
public final class HTTPClient {
    /// Called once for every `send`, never from within it. It may send again, cancel, or let the client go.
    public var onFinish: ((_ token: UInt64, _ result: HTTPClientResult) -> Void)?

    private let configuration: HTTPClientConfiguration
    private let multi: CurlMulti
    private var active: [CurlHandle] = []
    private var idle: [CurlHandle] = []
    /// What could not be sent at all; reported in the loop's next turn.
    private var rejected: [(token: UInt64, failure: HTTPClientFailure)] = []
    private var rejection: LoopTimer?

    /// Handles at rest that are kept; those of a burst beyond it are freed.
    private static let idleMax = 256

    /// - Throws: `HTTPClientFailure` when curl or the loop has no means for one more client.
    public init(loop: EventLoop, configuration: HTTPClientConfiguration = HTTPClientConfiguration()) throws {
        self.configuration = configuration
        multi = try CurlMulti(loop, configuration)
        rejection = try loop.timer { [unowned self] in reportRejected() }
        multi.onProgress = { [unowned self] in reportFinished() }
    }

    deinit {
        // Handles leave the multi handle before either is freed.
        for handle in active { curl_multi_remove_handle(multi.multi, handle.easy) }
        active = []
        idle = []
    }

    /// Requests that have no result yet.
    public var inFlight: Int { active.count + rejected.count }

    /// Sends a request; its result comes to `onFinish` with the same token. The caller bounds how many are
    /// in flight: beyond the configured connections they wait here, at the cost of their own timeout.
    public func send(_ request: HTTPClientRequest, token: UInt64) {
        do throws(HTTPClientFailure) {
            let handle = try takeHandle()
            do throws(HTTPClientFailure) {
                try handle.prepare(request)
            } catch {
                idle.append(handle)
                throw error
            }
            guard curl_multi_add_handle(multi.multi, handle.easy) == CURLM_OK else {
                throw .unusable("one more request")
            }
            handle.token = token
            handle.slot = active.count
            active.append(handle)
        } catch {
            rejected.append((token, error))
            rejection?.schedule(after: .zero)
        }
    }

    /// Ends every request now: each is reported as cancelled, before this returns.
    public func cancelAll() {
        reportRejected()
        let cancelled = active.map { handle in
            let failure = HTTPClientFailure(.cancelled, "cancelled", mayHaveBeenSent: handle.mayHaveBeenSent)
            return (handle.token, failure)
        }
        while let handle = active.last { release(handle) }
        for (token, failure) in cancelled { onFinish?(token, .failure(failure)) }
    }

    private func takeHandle() throws(HTTPClientFailure) -> CurlHandle {
        if let handle = idle.popLast() { return handle }
        let handle = try CurlHandle(configuration)
        try multi.adopt(handle)
        return handle
    }

    private func reportFinished() {
        while let (handle, code) = multi.nextMessage() {
            let (token, result) = (handle.token, handle.result(code))
            release(handle)
            onFinish?(token, result)
        }
    }

    private func reportRejected() {
        let reports = rejected
        rejected = []
        for (token, failure) in reports { onFinish?(token, .failure(failure)) }
    }

    private func release(_ handle: CurlHandle) {
        curl_multi_remove_handle(multi.multi, handle.easy)
        active.swapAt(handle.slot, active.count - 1)
        active[handle.slot].slot = handle.slot
        active.removeLast()
        if !handle.isWorn, idle.count < Self.idleMax { idle.append(handle) }
    }
}

// It belongs to its loop's thread.
@available(*, unavailable)
extension HTTPClient: Sendable {}
