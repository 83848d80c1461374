import CCurl
import Glibc
import Runtime

/// curl's multi handle on an event loop: tells the loop which sockets and which moment curl waits for, and tells
/// curl when they have come.
///
/// curl asks for less of a socket between two requests on it. Following each of those changes would cost two
/// system calls a request; so a connection at rest stays watched, until it closes or says something unasked.
final class CurlMulti {
    let multi: UnsafeMutableRawPointer
    /// Called after curl has worked: there may be messages.
    var onProgress: () -> Void = {}
    private let loop: EventLoop
    private var timer: LoopTimer?
    /// When curl wants to be called at the latest; the timer may be set to an earlier moment.
    private var deadline: MonotonicTime?
    private var timerDue: MonotonicTime?
    /// By descriptor. The kernel gives the lowest free number, so this stays as small as the process's table.
    private var sockets: [Socket?] = []

    private struct Socket {
        /// Opened by `openSocket` and closed by `closeSocket`; others are curl's own and go without notice.
        let isConnection: Bool
        /// Speaks HTTP/1.1 without TLS.
        let isPlain: Bool
        var watch: Watch?
        /// What curl wants of it now.
        var wanted: Interest = []
    }

    init(_ loop: EventLoop, _ configuration: HTTPClientConfiguration) throws(HTTPClientFailure) {
        guard CurlGlobal.isReady, let multi = curl_multi_init() else { throw .unusable("curl") }
        self.multi = multi
        self.loop = loop
        do {
            timer = try loop.timer { [unowned self] in timerFired() }
        } catch {
            throw .unusable("a timer (\(error))")
        }
        // Unretained: the multi handle ends with this object, so its callbacks never see a dead one.
        let context = Unmanaged.passUnretained(self).toOpaque()
        let connectionsMax = max(1, configuration.connectionsMax)
        let isSet =
            cs_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, max(1, configuration.connectionsPerHostMax))
            == CURLM_OK
            && cs_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connectionsMax) == CURLM_OK
            && cs_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connectionsMax) == CURLM_OK
            && cs_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context) == CURLM_OK
            && cs_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context) == CURLM_OK
            && cs_multi_set_socket_callback(multi, Self.onSocket) == CURLM_OK
            && cs_multi_set_timer_callback(multi, Self.onTimer) == CURLM_OK
        guard isSet else { throw .unusable("curl's multi interface") }
    }

    deinit {
        // Closes the idle connections, and with them their watches.
        curl_multi_cleanup(multi)
    }

    /// The connections of this handle are opened and closed here. To be called once per handle.
    func adopt(_ handle: CurlHandle) throws(HTTPClientFailure) {
        handle.multi = self
        // A connection is opened for a handle, but closed for the multi handle: it outlives the handle.
        let opener = Unmanaged.passUnretained(handle).toOpaque()
        let context = Unmanaged.passUnretained(self).toOpaque()
        guard cs_easy_set_pointer(handle.easy, CURLOPT_OPENSOCKETDATA, opener) == CURLE_OK,
            cs_easy_set_pointer(handle.easy, CURLOPT_CLOSESOCKETDATA, context) == CURLE_OK,
            cs_easy_set_open_socket(handle.easy, Self.openSocket) == CURLE_OK,
            cs_easy_set_close_socket(handle.easy, Self.closeSocket) == CURLE_OK
        else { throw .unusable("curl's sockets") }
    }

    /// The next handle that has ended, and how.
    func nextMessage() -> (handle: CurlHandle, code: CURLcode)? {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(multi, &remaining) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle.flatMap(CurlHandle.of)
            else { continue }
            return (handle, message.pointee.data.result)
        }
        return nil
    }

    // MARK: Time

    private func wantTimeout(milliseconds: Int) {
        guard milliseconds >= 0 else { return deadline = nil }
        let moment = loop.now + .milliseconds(milliseconds)
        deadline = moment
        // Most deadlines are never reached, and move on with every request: the timer may ring too early instead.
        if let timerDue, timerDue <= moment { return }
        setTimer(moment, .milliseconds(milliseconds))
    }

    private func setTimer(_ moment: MonotonicTime, _ delay: Duration) {
        timerDue = moment
        timer?.schedule(after: delay)
    }

    private func timerFired() {
        timerDue = nil
        guard let deadline else { return }
        let now = loop.now
        guard deadline <= now else { return setTimer(deadline, deadline - now) }
        self.deadline = nil
        act(on: -1, 0)
    }

    // MARK: Sockets

    private func act(on descriptor: Int32, _ what: Int32) {
        var running: Int32 = 0
        let result = curl_multi_socket_action(multi, descriptor, what, &running)
        precondition(result == CURLM_OK, "curl: \(String(cString: curl_multi_strerror(result)))")
        onProgress()
    }

    private func ready(_ descriptor: Int32, _ what: Interest) {
        guard let wanted = sockets[Int(descriptor)]?.wanted else { return }
        let expected = what.intersection(wanted)
        guard !expected.isEmpty else { return rest(descriptor) }
        act(on: descriptor, (expected.contains(.read) ? 1 : 0) | (expected.contains(.write) ? 2 : 0))
    }

    /// A connection at rest became readable. With TLS that may be in order, and curl looks into it when it wants the
    /// connection again. Without, the server has closed it, or sent what nobody asked for: curl would take that for
    /// the answer to the next request, so the connection is emptied and ended, and curl finds it closed.
    private func rest(_ descriptor: Int32) {
        guard let socket = sockets[Int(descriptor)] else { return }
        if socket.isPlain {
            withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { buffer in
                shutdown(descriptor, Int32(SHUT_RDWR))
                // What it sent so far is bounded by the kernel's buffer.
                while recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) > 0 {}
            }
        }
        setInterest(descriptor, socket.wanted)
    }

    private func want(_ descriptor: Int32, _ interest: Interest) {
        let index = Int(descriptor)
        while sockets.count <= index { sockets.append(nil) }
        var socket = sockets[index] ?? Socket(isConnection: false, isPlain: false)
        socket.wanted = interest
        sockets[index] = socket
        if interest.isEmpty {
            if !socket.isConnection { sockets[index] = nil }
        } else if socket.watch?.interest != interest {
            setInterest(descriptor, interest)
        }
    }

    private func setInterest(_ descriptor: Int32, _ interest: Interest) {
        do {
            if let watch = sockets[Int(descriptor)]?.watch {
                try watch.update(interest)
            } else {
                sockets[Int(descriptor)]?.watch = try loop.watch(descriptor, interest) { [unowned self] what in
                    ready(descriptor, what)
                }
            }
        } catch {
            // The kernel's limit of watches: the request that needs this one ends by its timeout.
            sockets[Int(descriptor)]?.watch = nil
        }
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> CurlMulti? {
        context.map { Unmanaged<CurlMulti>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let onSocket: curl_socket_callback = { _, descriptor, what, context, _ in
        let interest: Interest =
            switch what {
            case CURL_POLL_IN: .read
            case CURL_POLL_OUT: .write
            case CURL_POLL_INOUT: .readWrite
            default: []
            }
        of(context)?.want(descriptor, interest)
        return 0
    }

    private static let onTimer: curl_multi_timer_callback = { _, milliseconds, context in
        of(context)?.wantTimeout(milliseconds: milliseconds)
        return 0
    }

    private static let openSocket: curl_opensocket_callback = { context, _, address in
        guard let context, let address = address?.pointee else { return -1 }
        let handle = Unmanaged<CurlHandle>.fromOpaque(context).takeUnretainedValue()
        guard let multi = handle.multi else { return -1 }
        let kind = address.socktype | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, kind, address.protocol)
        guard descriptor >= 0 else { return -1 }
        while multi.sockets.count <= Int(descriptor) { multi.sockets.append(nil) }
        multi.sockets[Int(descriptor)] = Socket(isConnection: true, isPlain: !handle.isSecure)
        return descriptor
    }

    private static let closeSocket: curl_closesocket_callback = { context, descriptor in
        // The watch goes first: the kernel may give the number to another thread at once.
        if let multi = of(context), multi.sockets.indices.contains(Int(descriptor)) {
            multi.sockets[Int(descriptor)] = nil
        }
        return close(descriptor)
    }
}
