import Basics
import Testing

/// Classes of bytes, header tokens and hexadecimal digits, for all bytes that there are.
struct ASCIITests {
    private static let all = (0...255).map { UInt8($0) }

    private static func bytes(_ isOne: (UInt8) -> Bool) -> String {
        String(decoding: all.filter(isOne), as: UTF8.self)
    }

    @Test func aClassHoldsItsBytesAlone() {
        let (upper, lower) = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
        #expect(Self.bytes(\.isASCIIDigit) == "0123456789")
        #expect(Self.bytes(\.isASCIIUppercase) == upper)
        #expect(Self.bytes(\.isASCIILowercase) == lower)
        #expect(Self.bytes(\.isASCIIAlphabetic) == upper + lower)
        #expect(Self.bytes(\.isASCIIAlphanumeric) == "0123456789" + upper + lower)
        let changed = Self.all.filter { $0.asciiLowercased != $0 }
        #expect(changed == Array(upper.utf8) && changed.map(\.asciiLowercased) == Array(lower.utf8))
    }

    @Test func aTokenHoldsTheCharactersOfRFC9110() {
        let others = Self.bytes {
            $0 < 0x80 && !$0.isASCIIAlphanumeric && HeaderToken.isToken(String(Unicode.Scalar($0)))
        }
        #expect(others == "!#$%&'*+-.^_`|~")
        #expect(HeaderToken.isToken("X-Key1") && !HeaderToken.isToken("") && !HeaderToken.isToken("é"))
    }

    @Test func aHexadecimalDigitHasItsValue() {
        #expect(Self.bytes { Hexadecimal.value(of: $0) != nil } == "0123456789ABCDEFabcdef")
        for value in UInt8(0)..<16 {
            #expect(Hexadecimal.value(of: Hexadecimal.digit(value)) == value)
            #expect(Hexadecimal.value(of: Hexadecimal.digit(value, isUppercase: true)) == value)
        }
        var bytes: [UInt8] = []
        for byte: UInt8 in [0x00, 0x5F, 0xFF] { Hexadecimal.append(byte, to: &bytes) }
        Hexadecimal.append(0xAB, to: &bytes, isUppercase: true)
        #expect(String(decoding: bytes, as: UTF8.self) == "005fffAB")
    }

    @Test(
        arguments: [
            (0, 1, "0"), (0xAB, 4, "00ab"), (0xABCDE, 4, "abcde"), (.max, 8, "ffffffff"),
        ] as [(UInt32, Int, String)])
    func aNumberHasZerosInFront(_ number: UInt32, _ width: Int, _ text: String) {
        #expect(Hexadecimal.text(number, width: width) == text)
        #expect(Hexadecimal.text(number, width: width, isUppercase: true) == text.uppercased())
    }

    @Test(arguments: [(0, 2, "00"), (7, 3, "007"), (1_234, 2, "1234")] as [(Int64, Int, String)])
    func aDecimalNumberHasZerosInFront(_ number: Int64, _ width: Int, _ text: String) {
        #expect(PaddedNumber.text(number, width: width) == text)
    }
}
