import CMicrohttpd
import Foundation
import Synchronization

/// The functions that the library calls, as thin translations into `ServerCore`'s words.
///
/// Objects that the library carries for us are retained when given to it, and released by its last call about
/// them: a connection's "closed", a request's "completed".
extension ServerCore {
    func installCallbacks(in options: inout cs_http_options) {
        options.context = Unmanaged.passUnretained(self).toOpaque()
        options.log = { context, format, arguments in
            guard let format, let arguments, let core = ServerCore.from(context) else { return }
            let message = line(format, arguments)
            core.log(message)
            if message.hasPrefix("Error processing request") { core.libraryRefuses(message) }
        }
        options.accept = { context, _, _ in ServerCore.from(context)?.isAccepting == true ? .YES : .NO }
        options.connection = { context, connection, slot, event in
            guard let core = ServerCore.from(context), let connection, let slot else { return }
            core.connectionChanged(connection, slot, event)
        }
        options.target = { context, target, connection in
            guard let core = ServerCore.from(context), let connection,
                let carried = cs_http_socket_context(connection)
            else { return nil }
            let owner = Unmanaged<ServerConnection>.fromOpaque(carried).takeUnretainedValue()
            let exchange = Exchange(
                target: target.map { String(cString: $0) } ?? "", connection: owner,
                library: LibraryConnection(pointer: connection))
            let start = UInt(bitPattern: target)
            let end = start + UInt(target.map(strlen) ?? 0)  // now: the library will cut the query off
            exchange.reader.withLock { $0.targetRange = start..<end }
            hideQuery(target)
            core.begin(exchange)
            return Unmanaged.passRetained(exchange).toOpaque()
        }
        options.request = { context, connection, _, method, version, upload, uploadCount, slot in
            guard let core = ServerCore.from(context), let connection, let uploadCount,
                let carried = slot?.pointee
            else { return .NO }
            let exchange = Unmanaged<Exchange>.fromOpaque(carried).takeUnretainedValue()
            let library = LibraryConnection(pointer: connection)
            if uploadCount.pointee > 0 {
                let piece = UnsafeRawBufferPointer(start: upload, count: uploadCount.pointee)
                uploadCount.pointee = 0
                return core.addPiece(piece, of: exchange) ? .YES : .NO
            }
            return core.proceed(exchange, on: library, method: method, version: version)
        }
        options.completed = { context, _, slot, _ in
            guard let core = ServerCore.from(context), let carried = slot?.pointee else { return }
            slot?.pointee = nil
            core.completed(Unmanaged<Exchange>.fromOpaque(carried).takeRetainedValue())
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> ServerCore? {
        context.map { Unmanaged<ServerCore>.fromOpaque($0).takeUnretainedValue() }
    }

    private func connectionChanged(
        _ connection: OpaquePointer, _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
        _ event: MHD_ConnectionNotificationCode
    ) {
        switch event {
        case .CONNECTION_NOTIFY_STARTED:
            let certificate = certificate
            let made = opened(
                descriptor: cs_http_descriptor(connection),
                remoteAddress: SocketAddress.text(cs_http_client(connection)), certificate: certificate)
            // Not with the certificate of the start, which may be over.
            if let certificate, !certificate.use(on: connection) { made.abort() }
            slot.pointee = Unmanaged.passRetained(made).toOpaque()
        case .CONNECTION_NOTIFY_CLOSED:
            guard let carried = slot.pointee else { return }
            slot.pointee = nil
            closed(Unmanaged<ServerConnection>.fromOpaque(carried).takeRetainedValue())
        @unknown default: return
        }
    }

    /// The library asks for an answer: first when the header fields are there, again when all of the request is,
    /// and again when a suspended connection was resumed.
    private func proceed(
        _ exchange: Exchange, on library: LibraryConnection, method: UnsafePointer<CChar>?,
        version: UnsafePointer<CChar>?
    ) -> MHD_Result {
        let isFirst = exchange.reader.withLock { reader in
            defer { reader.isBegun = true }
            return !reader.isBegun
        }
        if exchange.reader.withLock({ $0.isRefused }) { return .NO }
        if isFirst {
            let fault = exchange.reader.withLock { reader in
                reader.method = method.map { String(cString: $0) } ?? ""
                reader.isOldVersion = version.map { String(cString: $0) } == "HTTP/1.0"
                let head = RequestHead(of: library, method: method, version: version)
                (reader.headers, reader.bodyStart) = (head.headers, head.end)
                return reader.requestLineFault(method: method, version: version, lineMax: configuration.headerBytesMax)
                    ?? head.fault
            }
            guard let refusal = headersArrived(exchange, fault: fault) else { return .YES }
            _ = exchange.answer(.response(refusal))
        } else if exchange.beginHandling() {
            dispatch(exchange)
        }
        guard let answer = exchange.takeAnswer(orSuspend: library) else { return .YES }
        return send(answer, for: exchange, on: library)
    }
}

/// The library would take the query apart as well, into entries that do not fit into a connection's memory when they
/// are many; then it waits for ever (seen in 0.9.75). So its query ends where it begins: it is ours already.
private func hideQuery(_ target: UnsafePointer<CChar>?) {
    guard let target, let question = strchr(target, Int32(UInt8(ascii: "?"))) else { return }
    if question[1] != 0 { question[1] = 0 }
}

private func line(_ format: UnsafePointer<CChar>, _ arguments: CVaListPointer) -> String {
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
        vsnprintf(buffer.baseAddress, buffer.count, format, arguments) < 0 ? "" : String(cString: buffer.baseAddress!)
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
}
