import CMicrohttpd
import Synchronization

// Refusals that the library would not give, or not rightly.
extension ServerCore {
    /// The library is about to refuse what it cannot parse, on the calling thread. Its own answer would come twice
    /// when the length of the body is what is wrong, and blame the server for a chunk extension without end.
    ///
    /// It does not say which connection it means. But only one whose head is complete and was not handed to us, or
    /// that sends chunks where no other of the thread does, can be meant.
    func libraryRefuses(_ message: String) {
        // Within TLS only the library can speak.
        guard configuration.tls == nil else { return }
        let mine = allConnections.compactMap(\.exchange).filter(\.isOnThisThread)
        let unread = mine.filter { exchange in
            exchange.reader.withLock { !$0.isBegun && !$0.isRefused } && cs_http_head_size(exchange.library.pointer) > 0
        }
        for exchange in unread {
            exchange.reader.withLock {
                $0.headers = RequestHead(of: exchange.library, method: nil, version: nil).headers
            }
            refuse(exchange, lengthFault(exchange) ?? RequestFault(431, "The header fields are too large."))
        }
        guard unread.isEmpty, message.contains(" 500 ") else { return }
        let chunked = mine.filter { exchange in
            exchange.reader.withLock { $0.isBegun && !$0.isDispatched && !$0.isRefused && $0.isChunked }
        }
        if chunked.count == 1 { refuse(chunked[0], .chunkExtensionTooLong) }
    }

    private func lengthFault(_ exchange: Exchange) -> RequestFault? {
        exchange.reader.withLock { $0.lengthFault(bodyBytesMax: configuration.bodyBytesMax) }
    }

    /// Answers in the library's stead and ends the connection.
    func refuse(_ exchange: Exchange, _ fault: RequestFault) {
        exchange.reader.withLock { reader in
            reader.isRefused = true
            reader.status = fault.status
        }
        // Within TLS there is no answer then, but an end all the same.
        exchange.connection.refuse(
            configuration.tls == nil ? fault.response(configuration.problemType).wireBytes : [])
    }
}
