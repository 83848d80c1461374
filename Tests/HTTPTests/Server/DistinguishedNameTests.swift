import HTTP
import Testing

/// Tests of distinguished names: what is one, and which are the same.
@Suite
struct DistinguishedNameTests {
    @Test func namesAreReadAndShown() {
        let names = [
            "CN=ci": "CN=ci", "cn=ci,o=Shop": "CN=ci,O=Shop", "CN=ci, O=Shop ": "CN=ci,O=Shop",
            #"CN=a\,b\+c\=d\\"#: #"CN=a\,b\+c\=d\\"#, #"CN=\ a\ "#: #"CN=\ a\ "#, "CN=\\#a": "CN=\\#a",
            #"CN=caf\C3\A9"#: #"CN=caf\c3\a9"#, "CN=café": #"CN=caf\c3\a9"#, #"CN=a\00b"#: #"CN=a\00b"#,
            "OU=b+CN=a,DC=x": "CN=a+OU=b,DC=x", "2.5.4.3=ci": "CN=ci", "OID.1.2.3=x": "1.2.3=x", "CN=a=b": #"CN=a\=b"#,
        ]
        for (text, shown) in names { #expect(DistinguishedName(text)?.description == shown, "\(text)") }
    }

    @Test func otherTextIsNoName() {
        let others = [
            "", "ci", "CN", "CN=", "=ci", "CN=ci,", ",CN=ci", "CN=a+", "CN=a+CN=a", "/CN=ci/O=Shop", "CN = ci", "XY=ci",
            "CN=#0403", "CN=a;O=b", "CN=\"a\"", #"CN=a\"#, #"CN=a\4"#, #"CN=a\zz"#, "CN=a\u{0}b", "CN=a\nO=b", "1=a",
            "1..2=a",
            "CN=" + String(repeating: "a", count: 5_000), (0..<100).map { "OU=\($0)" }.joined(separator: ","),
        ]
        for text in others { #expect(DistinguishedName(text) == nil, "\(text)") }
    }

    @Test func onlyTheWholeNameIsTheSame() {
        let name = DistinguishedName("CN=ci,O=Shop")
        #expect(name != nil && name == DistinguishedName("cn=ci,  2.5.4.10=Shop"))
        for other in [
            "CN=ci", "O=Shop,CN=ci", "CN=CI,O=Shop", "CN=ci,CN=ci,O=Shop", "CN=ci+O=Shop", #"CN=ci\,O=Shop"#,
            #"CN=ci\00,O=Shop"#, "CN=ci,O=Shop,C=DE",
        ] {
            #expect(DistinguishedName(other) != nil && DistinguishedName(other) != name, "\(other)")
        }
        #expect(DistinguishedName("CN=a+OU=b") == DistinguishedName("OU=b+CN=a"))
    }
}
