import CMicrohttpd
import Glibc

/// The header fields of a request, and whether they came as RFC 9112 has them.
///
/// The library parses a head where it stands: it puts NULs for line ends and colons, and leaves all else in its place.
/// So the addresses of names and values tell what was between them. What it accepts and the RFC refuses (a NUL, a bare
/// LF, a folded field) leaves a gap of another size than the two bytes of CR LF.
struct RequestHead {
    private(set) var headers = HTTPHeaders()
    /// The address behind the empty line, to be compared; 0 when the library does not say it.
    let end: UInt
    /// Where the next name must stand.
    private var next: UInt
    private var isSound = true
    private static let lineEnd: UInt = 2

    init(of connection: LibraryConnection, method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?) {
        let size = UInt(cs_http_head_size(connection.pointer))
        end = size == 0 ? 0 : UInt(bitPattern: method) + size
        next = UInt(bitPattern: version) + UInt(version.map(strlen) ?? 0) + Self.lineEnd
        withUnsafeMutablePointer(to: &self) { head in
            _ = MHD_get_connection_values_n(
                connection.pointer, .HEADER_KIND,
                { context, _, name, nameCount, value, valueCount in
                    context?.assumingMemoryBound(to: RequestHead.self).pointee.add(
                        UnsafeRawBufferPointer(start: name, count: name == nil ? 0 : nameCount),
                        UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueCount))
                    return .YES
                }, head)
        }
    }

    var fault: RequestFault? {
        guard isSound, next + Self.lineEnd == end else {
            return RequestFault(
                400, "The head holds a NUL, a line that does not end with CR LF, or a field that is folded.")
        }
        return nil
    }

    private mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        headers.add(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        if UInt(bitPattern: name.baseAddress) != next { isSound = false }
        next = UInt(bitPattern: value.baseAddress) + UInt(value.count) + Self.lineEnd
    }
}
