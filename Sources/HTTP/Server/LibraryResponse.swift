import Basics
import CMicrohttpd

/// A response in the library's form. Owned by one place, given to the library, and let go.
struct LibraryResponse: ~Copyable {
    private let pointer: OpaquePointer

    /// Nil when memory is short.
    init?(body: [UInt8]) {
        let made = body.withUnsafeBytes {
            MHD_create_response_from_buffer(
                $0.count, UnsafeMutableRawPointer(mutating: $0.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let made else { return nil }
        pointer = made
    }

    /// A response whose bytes come from `stream` as long as it lives. Nil when memory is short.
    init?(stream: StreamBuffer, blockBytes: Int) {
        let retained = Unmanaged.passRetained(stream)
        let made = MHD_create_response_from_callback(
            .max, blockBytes,
            { context, _, buffer, count in
                guard let context, let buffer else { return endWithError }
                let stream = Unmanaged<StreamBuffer>.fromOpaque(context).takeUnretainedValue()
                return switch stream.fill(UnsafeMutableRawBufferPointer(start: buffer, count: count)) {
                case .bytes(let count): count
                case .nothingYet: 0
                case .end: endOfStream
                case .broken: endWithError
                }
            },
            retained.toOpaque(),
            { context in
                if let context { Unmanaged<StreamBuffer>.fromOpaque(context).release() }
            })
        guard let made else {
            retained.release()
            return nil
        }
        pointer = made
    }

    deinit { MHD_destroy_response(pointer) }

    /// Adds a field; control characters in its value become spaces. False when the name is no token, or says
    /// what the library says itself.
    func add(_ name: String, _ value: String) -> Bool {
        guard HeaderToken.isToken(name), !Self.isLibrarysOwn(name) else { return false }
        return MHD_add_response_header(pointer, name, HTTPHeaders.sanitised(value)) == .YES
    }

    /// Makes the end of the connection the end of the answer. False when memory is short.
    func endByClosing() -> Bool { cs_http_end_by_close(pointer) == .YES }

    func queue(status: Int, on connection: LibraryConnection) -> MHD_Result {
        MHD_queue_response(connection.pointer, UInt32(status), pointer)
    }

    private static func isLibrarysOwn(_ name: String) -> Bool {
        HTTPHeaders.isSame(name, "Content-Length") || HTTPHeaders.isSame(name, "Transfer-Encoding")
    }
}

// The library's constants are casts, which Swift does not import.
private let endOfStream = -1
private let endWithError = -2
