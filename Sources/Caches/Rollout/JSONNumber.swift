internal import JSON

/// Number of a JSON document, in the one form that equal numbers share: 1, 1.0 and 10e-1 are the same.
///
/// Whole numbers are exact up to 64 bits. Others are what readers of JSON make of them, the nearest double.
enum JSONNumber: Equatable {
    case whole(Int64)
    case large(UInt64)
    case double(Double)

    /// - Returns: nil for what is no number.
    init?(_ value: JSONValue) {
        if let whole = value.int64 {
            self = .whole(whole)
        } else if let large = value.uint64 {
            self = .large(large)
        } else if let double = value.double {
            self =
                Int64(exactly: double).map { .whole($0) } ?? UInt64(exactly: double).map { .large($0) }
                ?? .double(double)
        } else {
            return nil
        }
    }
}
