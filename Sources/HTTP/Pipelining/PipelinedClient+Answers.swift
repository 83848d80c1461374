internal import Glibc
internal import Runtime

// Reading: answers, and the ends of connections.
extension PipelinedClient {
    /// Reads of one connection in a row, so that a fast server does not hold up the others.
    private static let readsMax = 4

    func readAnswers(_ connection: PipelinedConnection) {
        for _ in 0..<Self.readsMax {
            let kept = connection.unread.count
            buffer.copyBytes(from: connection.unread)
            let count = recv(connection.descriptor, buffer.baseAddress.map { $0 + kept }, buffer.count - kept, 0)
            guard count > 0 else {
                if count == 0 { return finish(connection, .closed) }
                if errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR { return }
                return broke(connection)
            }
            connection.unread.removeAll(keepingCapacity: true)
            readAnswers(connection, UnsafeRawBufferPointer(rebasing: buffer[..<(kept + count)]))
            guard connection.state == .open, kept + count == buffer.count else { return }
        }
    }

    private func readAnswers(_ connection: PipelinedConnection, _ bytes: UnsafeRawBufferPointer) {
        var position = 0
        while position < bytes.count {
            guard connection.isAsked else { return finish(connection, .unasked) }
            if connection.parser.isIdle {
                connection.parser.begin(
                    isHead: connection.calls.firstIsHead, bodyBytesMax: connection.calls.firstBodyBytesMax,
                    keepsHeader: connection.calls.firstKeepsHeader)
            }
            connection.isSilent = false
            do throws(AnswerFault) {
                guard try connection.parser.read(bytes, from: &position) else { break }
            } catch {
                return finish(connection, .fault(error))
            }
            let token = connection.calls.firstToken
            connection.calls.removeFirst()
            connection.answers += 1
            if connection.calls.isEmpty { connection.idleSince = .now() }
            let response = connection.parser.takeResponse(now: time(nil))
            let closes = connection.parser.closes
            finish(token, .response(response))
            guard connection.state == .open else { return }
            if closes { return finish(connection, .announced) }
        }
        connection.unread.append(contentsOf: bytes[position...])
    }

    func broke(_ connection: PipelinedConnection) {
        finish(connection, .broken(String(cString: strerror(errno))))
    }

    /// Ends the connection, and reports what became of its calls.
    private func finish(_ connection: PipelinedConnection, _ why: ConnectionEnd) {
        for (token, failure) in end(connection, why) { finish(token, .failure(failure)) }
    }

    /// Ends the connection. Calls that the server can't have acted on wait for another one, in front of all others.
    ///
    /// - Returns: what became of the others, for the caller to report.
    func end(_ connection: PipelinedConnection, _ why: ConnectionEnd) -> [(UInt64, HTTPClientFailure)] {
        guard connection.state != .closed else { return [] }
        trust.record(why, answers: connection.answers, calls: connection.calls.count, now: .now())
        let calls = connection.calls.removeAll()
        let sent = calls.prefix { connection.isSent($0) }
        let hasAnswers = connection.answers > 0
        forget(connection)
        var kept: [PipelinedCall] = []
        var failed: [(UInt64, HTTPClientFailure)] = []
        let first = why.firstFailure(
            isNew: connection.isSilent && !hasAnswers, isInAnswer: !connection.parser.isIdle)
        for (index, var call) in sent.enumerated() {
            if why.isBeforeAction || (why.mayBeStale && hasAnswers && connection.isSilent && !call.isRepeated) {
                call.isRepeated = call.isRepeated || !why.isBeforeAction
                kept.append(call)
            } else {
                failed.append((call.token, index == 0 ? first : why.laterFailure(first)))
            }
        }
        guard !why.isFinal else {
            return failed
                + calls.dropFirst(sent.count).map { call in
                    (call.token, HTTPClientFailure(first.kind, first.message, mayHaveBeenSent: false))
                }
        }
        waiting.prepend(kept + calls.dropFirst(sent.count))
        return failed
    }
}
