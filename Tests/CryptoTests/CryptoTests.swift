import Basics
import Crypto
import TestSupport
import Testing

/// Tests of hashes, codes and signatures.
struct CryptoTests {
    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        for byte in bytes { Hexadecimal.append(byte, to: &digits) }
        return String(decoding: digits, as: UTF8.self)
    }

    /// FIPS 180-2, and RFC 4231, test case 2.
    @Test func hashesAndCodesAreThoseOfTheStandards() {
        #expect(
            Self.hexadecimal(SHA256Digest.of(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        let code = SHA256Digest.code(of: Array("what do ya want for nothing?".utf8), secret: Array("Jefe".utf8))
        #expect(
            code.map(Self.hexadecimal) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func secretsAreRandomAndComparedToTheirEnds() {
        let one = SecretBytes.random(count: 32)
        #expect(one?.count == 32 && one != SecretBytes.random(count: 32))
        #expect(SecretBytes.isSame([1, 2], [1, 2]) && SecretBytes.isSame([], []))
        #expect(!SecretBytes.isSame([1, 2], [1, 3]) && !SecretBytes.isSame([1, 2], [1]))
    }

    private struct Sample {
        let signed: [UInt8]
        let signature: [UInt8]

        init(_ token: String) throws {
            let dot = try #require(token.lastIndex(of: "."))
            signed = Array(token[..<dot].utf8)
            signature = try #require(Base64URL.bytes(token[token.index(after: dot)...]))
        }
    }

    @Test(arguments: [(TokenSamples.rsaKey, TokenSamples.rs256), (TokenSamples.p256Key, TokenSamples.es256)])
    func aSignatureIsOfItsKeyAndItsBytes(key pem: String, token: String) throws {
        let key = try #require(PublicKey(pem: Array(pem.utf8)))
        let sample = try Sample(token)
        #expect(key.verifies(sample.signature, of: sample.signed))
        #expect(!key.verifies(sample.signature, of: sample.signed + [0]))
        #expect(!key.verifies(Array(sample.signature.dropLast()), of: sample.signed))
        #expect(!key.verifies([], of: sample.signed))
        // Zeros and the largest numbers are no signatures of anything.
        for byte in [UInt8(0), 255] {
            let wrong = [UInt8](repeating: byte, count: sample.signature.count)
            #expect(!key.verifies(wrong, of: sample.signed))
        }
        for index in stride(from: 0, to: sample.signature.count, by: 7) {
            var changed = sample.signature
            changed[index] ^= 1
            #expect(!key.verifies(changed, of: sample.signed))
        }
    }

    @Test func keysThatAreTooShortOrNoneAreRefused() {
        #expect(PublicKey(pem: Array(TokenSamples.shortKey.utf8)) == nil)
        #expect(PublicKey(pem: []) == nil)
        #expect(PublicKey(pem: Array("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n".utf8)) == nil)
        #expect(PublicKey(modulus: [], exponent: [1, 0, 1]) == nil)
        #expect(PublicKey(modulus: [UInt8](repeating: 255, count: 4_096), exponent: [1, 0, 1]) == nil)
        // Not on the curve.
        #expect(
            PublicKey(x: [UInt8](repeating: 1, count: 32), y: [UInt8](repeating: 2, count: 32)) == nil)
    }
}
