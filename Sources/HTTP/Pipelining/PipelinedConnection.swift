internal import Glibc
internal import Runtime

/// One connection of a pipelined client: its socket, the calls on it, and what is half written or half read.
final class PipelinedConnection {
    enum State {
        case connecting, open, closed
    }

    let descriptor: Int32
    /// A connection that is not open by then has failed.
    let connectDeadline: MonotonicTime
    var state = State.connecting
    var watch: Watch?
    /// Written or about to be; the first is the one that the next answer belongs to.
    var calls = CallQueue()
    var parser = AnswerParser()
    /// The beginning of a line whose end has not come.
    var unread: [UInt8] = []
    var answers = 0
    /// Nothing has come since the first of its calls was added.
    var isSilent = true
    /// When the last call was answered.
    var idleSince: MonotonicTime
    /// It has bytes for the socket that were not offered to it.
    var isDirty = false

    private var output: [UInt8] = []
    private var outputHead = 0
    /// All bytes that this connection was given, and those of them that have left.
    private var given = 0
    private var written = 0

    init(_ descriptor: Int32, connectDeadline: MonotonicTime, now: MonotonicTime) {
        self.descriptor = descriptor
        self.connectDeadline = connectDeadline
        idleSince = now
    }

    deinit {
        if state != .closed { Glibc.close(descriptor) }
    }

    /// Adds a call behind the others.
    func append(_ call: PipelinedCall, _ writer: inout RequestWriter) throws(HTTPClientFailure) {
        var call = call
        call.begin = given
        let before = output.count
        try writer.append(call.request, to: &output)
        given += output.count - before
        if calls.isEmpty { isSilent = true }
        calls.append(call)
        isDirty = true
    }

    /// At least one byte of it has left.
    func isSent(_ call: PipelinedCall) -> Bool { call.begin < written }

    /// A call waits for an answer.
    var isAsked: Bool { !calls.isEmpty && calls.firstBegin < written }

    /// Offers the socket what there is.
    ///
    /// - Returns: false when the connection is broken.
    func flush() -> Bool {
        isDirty = false
        // A result on the way may have ended it, and its descriptor may be somebody else's by now.
        guard state == .open else { return true }
        while outputHead < output.count {
            let count = output.withUnsafeBytes { bytes in
                bytes.baseAddress.map {
                    send(descriptor, $0 + outputHead, bytes.count - outputHead, Int32(MSG_NOSIGNAL))
                } ?? -1
            }
            if count > 0 {
                outputHead += count
                written += count
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                return watch(.readWrite)
            } else if errno != EINTR {
                return false
            }
        }
        output.removeAll(keepingCapacity: true)
        outputHead = 0
        return watch(.read)
    }

    /// False when the loop refuses it.
    private func watch(_ interest: Interest) -> Bool {
        guard let watch else { return false }
        if watch.interest == interest { return true }
        return (try? watch.update(interest)) != nil
    }

    func close() {
        guard state != .closed else { return }
        state = .closed
        // Before the descriptor, whose number another thread may get at once.
        watch = nil
        Glibc.close(descriptor)
    }
}
