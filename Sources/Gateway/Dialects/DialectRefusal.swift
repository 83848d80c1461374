/// Why a request of a dialect is refused. The dialect gives it the form that its clients read.
struct DialectRefusal: Error {
    /// The numbers of Cloudflare's API that its clients know.
    enum Code: Int {
        case nothingSelected = 1012
        case notAnArray = 1014
        case unauthorised = 10_000
    }

    var status: Int
    var title: String
    var detail: String
    var code: Code?

    init(_ status: Int = 400, title: String, _ detail: String, code: Code? = nil) {
        self.status = status
        self.title = title
        self.detail = detail
        self.code = code
    }
}
