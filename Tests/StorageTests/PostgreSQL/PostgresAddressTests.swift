import Storage
import Testing

/// Tests of addresses of PostgreSQL, above all that no error tells a password.
struct PostgresAddressTests {
    @Test(arguments: [
        ("postgres://u:hunter2@db.example:5433/views", "u@db.example:5433/views"),
        ("postgresql://db.example/views?sslmode=require", "db.example/views"),
        ("host=db.example port=5433 user=u password=hunter2 dbname=views", "u@db.example:5433/views"),
        ("postgres://u@a,b/views", "u@a,b/views"), ("dbname=views", "localhost/views"),
    ])
    func anAddressIsNamedWithoutItsPassword(text: String, name: String) throws {
        let address = try PostgresAddress(text)
        #expect("\(address)" == name)
        var dumped = ""
        dump(address, to: &dumped)
        #expect(!dumped.contains("hunter2"))
    }

    @Test(arguments: [
        "", "hunter2", "postgres://u:hunter2@[::1/views", "postgres://u:hunter2@h/d?hunter2=1", "mysql://u:hunter2@h/d",
        // A slash ends the host, so that the password is taken for a port and for a database.
        "postgres://u:hunter2/x@h/d", "postgres://u:hun/ter2@h/d", "postgres://u:hunter2@x@h/d",
        "host=h password=hunter2 port", "host=h password='hunter2", "postgres://u:hunter2@h:hunter2/d",
        "postgres://u:hunter2@h/d\u{0}x",
    ])
    func whatIsNoAddressIsRefusedWithoutAWordOfIt(text: String) {
        let error = #expect(throws: StorageError.self) { try PostgresAddress(text) }
        guard case .cannotOpen(let said)? = error else {
            Issue.record("not refused as an address: \(String(describing: error))")
            return
        }
        #expect(!said.contains("hunter2") && !said.contains("ter2"))
    }

    @Test func nobodyAtTheAddressIsToldWithoutThePassword() throws {
        // Nobody listens at port 1.
        let address = try PostgresAddress("postgres://u:127.0.0.1@127.0.0.1:1/d")
        let error = #expect(throws: StorageError.self) { try PostgresConnection(address) }
        guard case .cannotOpen(let said)? = error else {
            Issue.record("not said to be unreachable: \(String(describing: error))")
            return
        }
        // The password is hidden even where libpq says the same word for another reason.
        #expect(!said.contains("127.0.0.1") && said.contains("***") && said.contains("refused"))
    }
}
