import Gateway
import Invalidations
import TestSupport
import Testing

/// What the audit says of a file of keys that was read again.
struct KeyChangeTests {
    private static func keys(_ file: KeyFile) throws -> [String: APIKey] {
        Dictionary(uniqueKeysWithValues: try file.read().map { ($0.id, $0) })
    }

    @Test func eachKeyThatIsAnotherIsToldOnce() throws {
        let directory = try TemporaryDirectory("key-changes")
        let file = KeyFile(path: directory.file("keys.yaml"))
        let grant = Grant.unlimited
        let stays = try APIKey.make(name: "stays", scopes: .all, grant: grant).key
        let closed = try APIKey.make(name: "closed", scopes: .all, grant: grant).key
        let rotated = try APIKey.make(name: "rotated", scopes: .all, grant: grant).key
        for key in [stays, closed, rotated] { try file.add(key) }
        let before = try Self.keys(file)
        #expect(KeyChange.list(from: before, to: before).isEmpty)

        try file.revoke(closed.id)
        let next = try file.rotate(rotated.id, until: Timestamp(milliseconds: Timestamp.now().milliseconds + 60_000))
        let after = try Self.keys(file)
        let changes = KeyChange.list(from: before, to: after)
        #expect(changes.map(\.id) == [closed.id, rotated.id, next.key.id].sorted())
        let kinds = Dictionary(uniqueKeysWithValues: changes.map { ($0.id, $0.kind) })
        #expect(kinds == [closed.id: .revoked, rotated.id: .changed, next.key.id: .added])
        // A file from before is put back.
        let back = KeyChange.list(from: after, to: before)
        #expect(back.first { $0.id == next.key.id }?.kind == .removed)
        #expect(back.first { $0.id == closed.id }?.kind == .changed)
    }
}
