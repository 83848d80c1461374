import CZlib
import CZstd

/// Compresses bodies of answers, quickly rather than well.
enum BodyCompression {
    private static let level: Int32 = 1

    /// - Returns: nil where the library refuses, or the body would not become smaller.
    static func compress(_ body: [UInt8], _ coding: ContentCoding) -> [UInt8]? {
        switch coding {
        case .zstd: zstd(body)
        case .gzip: gzip(body)
        }
    }

    private static func zstd(_ body: [UInt8]) -> [UInt8]? {
        let written = [UInt8](unsafeUninitializedCapacity: body.count) { buffer, count in
            let result = ZSTD_compress(buffer.baseAddress, buffer.count, body, body.count, level)
            count = ZSTD_isError(result) == 0 ? result : 0
        }
        return written.isEmpty ? nil : written
    }

    private static func gzip(_ body: [UInt8]) -> [UInt8]? {
        guard let inputCount = UInt32(exactly: body.count) else { return nil }
        var stream = z_stream()
        guard cs_gzip_begin(&stream, level) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var input = body
        let written = input.withUnsafeMutableBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: input.count) { output, count in
                stream.next_in = input.baseAddress
                stream.avail_in = inputCount
                stream.next_out = output.baseAddress
                stream.avail_out = inputCount
                count = deflate(&stream, Z_FINISH) == Z_STREAM_END ? output.count - Int(stream.avail_out) : 0
            }
        }
        return written.isEmpty ? nil : written
    }
}
