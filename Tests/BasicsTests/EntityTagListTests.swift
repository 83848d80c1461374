import Basics
import Testing

/// Which lists name an entity tag, compared strongly and weakly (RFC 9110, section 8.8.3.2).
struct EntityTagListTests {
    struct Case: Sendable {
        let tag: String
        let list: String
        let isStrong: Bool
        let isWeak: Bool
    }

    @Test(arguments: [
        Case(tag: #""a""#, list: #""a""#, isStrong: true, isWeak: true),
        Case(tag: #""a""#, list: #"W/"a""#, isStrong: false, isWeak: true),
        Case(tag: #"W/"a""#, list: #""a""#, isStrong: false, isWeak: true),
        Case(tag: #"W/"a""#, list: #"W/"a""#, isStrong: false, isWeak: true),
        Case(tag: #""a""#, list: #"W/"a", "a""#, isStrong: true, isWeak: true),
        Case(tag: #""a""#, list: #""b" ,"# + "\t" + #""a""#, isStrong: true, isWeak: true),
        Case(tag: #""a""#, list: " *\t", isStrong: true, isWeak: true),
        Case(tag: #""a""#, list: #""b""#, isStrong: false, isWeak: false),
        Case(tag: #""a""#, list: #""x, "a""#, isStrong: false, isWeak: false),
        Case(tag: #""a""#, list: #""a"#, isStrong: false, isWeak: false),
        Case(tag: #""a""#, list: "a", isStrong: false, isWeak: false),
        Case(tag: #""a""#, list: "", isStrong: false, isWeak: false),
    ])
    func namesTheTag(_ one: Case) {
        #expect(EntityTagList.names(one.tag, in: one.list, isWeak: false) == one.isStrong)
        #expect(EntityTagList.names(one.tag, in: one.list, isWeak: true) == one.isWeak)
    }
}
