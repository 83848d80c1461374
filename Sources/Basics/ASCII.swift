/// Classes of ASCII bytes, as names and numbers in protocols are made of.
extension UInt8 {
    @inlinable public var isASCIIDigit: Bool { self &- 0x30 < 10 }
    @inlinable public var isASCIIUppercase: Bool { self &- 0x41 < 26 }
    @inlinable public var isASCIILowercase: Bool { self &- 0x61 < 26 }
    /// A to Z in either case: bit 0x20 is what the cases differ in.
    @inlinable public var isASCIIAlphabetic: Bool { (self | 0x20).isASCIILowercase }
    @inlinable public var isASCIIAlphanumeric: Bool { isASCIIDigit || isASCIIAlphabetic }

    /// The byte itself unless it stands for one of A to Z.
    @inlinable public var asciiLowercased: UInt8 { isASCIIUppercase ? self | 0x20 : self }
}
