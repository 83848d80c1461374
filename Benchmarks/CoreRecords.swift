import Invalidations

/// Records as catalogs publish them: a request for one URL each.
enum CoreRecords {
    static let time = Timestamp(milliseconds: 1_764_000_000_000)

    static func id(_ number: Int) -> RequestID {
        RequestID(high: 0x019A_B697_E800_7000, low: 0x8000_0000_0000_0000 | UInt64(number))
    }

    static func value(_ number: Int, namespaces: Int) -> [UInt8] {
        Array(
            """
            {"id":"\(id(number).text)","namespace":"shop-\(number % namespaces)",\
            "urls":["http://shop.example/products/\(number)?colour=blue"],\
            "mode":"hard","priority":"normal","requestedAt":"2025-11-24T16:00:00.000Z","source":"catalog-service"}
            """.utf8)
    }

    static func decode(_ value: [UInt8], _ decoder: InvalidationDecoder) -> Result<Invalidation, InvalidationError> {
        value.withUnsafeBytes { bytes in
            Result { () throws(InvalidationError) in try decoder.decode(record: bytes, time: time) }
        }
    }
}
