internal import CZstd
internal import Synchronization

/// The zstd library with contexts that are kept: to make one costs more than to use it.
final class ZstdContexts: Sendable {
    private final class Slot: Sendable {
        let context = Mutex<OpaquePointer?>(nil)
    }

    /// More threads at a time make contexts of their own.
    private static let slotCount = 8

    private static let compressing = ZstdContexts { ZSTD_createCCtx() }
    private static let expanding = ZstdContexts { ZSTD_createDCtx() }

    private let slots = (0..<slotCount).map { _ in Slot() }
    private let make: @Sendable () -> OpaquePointer?

    private init(_ make: @escaping @Sendable () -> OpaquePointer?) {
        self.make = make
    }

    /// - Returns: how many bytes it came to; nil where they do not fit.
    static func compress(_ bytes: [UInt8], level: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let result = compressing.use { context in
            guard let context else {
                return ZSTD_compress(buffer.baseAddress, buffer.count, bytes, bytes.count, level)
            }
            return ZSTD_compressCCtx(context, buffer.baseAddress, buffer.count, bytes, bytes.count, level)
        }
        return ZSTD_isError(result) == 0 ? result : nil
    }

    /// - Returns: how many bytes it came to; nil for what is damaged or does not fit.
    static func expand(_ bytes: [UInt8], into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let result = expanding.use { context in
            guard let context else { return ZSTD_decompress(buffer.baseAddress, buffer.count, bytes, bytes.count) }
            return ZSTD_decompressDCtx(context, buffer.baseAddress, buffer.count, bytes, bytes.count)
        }
        return ZSTD_isError(result) == 0 ? result : nil
    }

    /// - Parameter body: gets a context that no other thread uses; nil where there is none.
    private func use(_ body: (OpaquePointer?) -> Int) -> Int {
        for slot in slots {
            let result = slot.context.withLockIfAvailable { context in
                if context == nil { context = make() }
                return body(context)
            }
            if let result { return result }
        }
        return body(nil)
    }
}
