import CZlib
import CZstd

/// Compresses bodies of answers, quickly rather than well.
enum BodyCompression {
    private static let level: Int32 = 1

    /// - Returns: nil where the library refuses, or the body would not become smaller.
    static func compress(_ body: [UInt8], _ coding: ContentCoding) -> [UInt8]? {
        encode(body, coding, capacity: body.count)
    }

    /// - Returns: nil where the library refuses; the result may be larger than the body.
    static func encode(_ body: [UInt8], _ coding: ContentCoding) -> [UInt8]? {
        // More than either library adds to what it cannot make smaller.
        encode(body, coding, capacity: body.count + body.count / 128 + 1_024)
    }

    private static func encode(_ body: [UInt8], _ coding: ContentCoding, capacity: Int) -> [UInt8]? {
        switch coding {
        case .zstd: zstd(body, capacity)
        case .gzip: gzip(body, capacity)
        }
    }

    private static func zstd(_ body: [UInt8], _ capacity: Int) -> [UInt8]? {
        let written = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            let result = ZSTD_compress(buffer.baseAddress, buffer.count, body, body.count, level)
            count = ZSTD_isError(result) == 0 ? result : 0
        }
        return written.isEmpty ? nil : written
    }

    private static func gzip(_ body: [UInt8], _ capacity: Int) -> [UInt8]? {
        guard let inputCount = UInt32(exactly: body.count), let outputCount = UInt32(exactly: capacity) else {
            return nil
        }
        var stream = z_stream()
        guard cs_gzip_begin(&stream, level) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var input = body
        let written = input.withUnsafeMutableBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
                stream.next_in = input.baseAddress
                stream.avail_in = inputCount
                stream.next_out = output.baseAddress
                stream.avail_out = outputCount
                count = deflate(&stream, Z_FINISH) == Z_STREAM_END ? capacity - Int(stream.avail_out) : 0
            }
        }
        return written.isEmpty ? nil : written
    }
}
