import Basics
import CacheWrites
import Caches
import HTTP
import Invalidations
import JSON
import Runtime

/// Lists, redrives and discards writes of the cache that its database has refused.
struct DeadWritesCommand {
    /// One command settles no more than these.
    private static let settledMax = 1_000

    private let settings: Settings
    private let arguments: Arguments

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
    }

    func list() throws -> ExitCode {
        let limit = try RunOptions(settings, arguments).number("limit", in: 1...10_000) ?? 50
        let (deadLetters, isCut) = try DeadWrites(try settings.kafka()).findOpen(try names(), max: limit)
        var output = JSONList()
        var table = Table(["LETTER", "TIME", "CLASS", "NAMESPACE", "KEY", "WRITE", "ERROR"])
        for deadLetter in deadLetters {
            let key = deadLetter.write.map { String(decoding: $0.key.bytes, as: UTF8.self) }
            output.addObject { writer in
                writer.member("deadLetter", "\(deadLetter.name)")
                writer.member("failedAt", deadLetter.failedAt)
                writer.member("class", deadLetter.class)
                if let write = deadLetter.write { writer.member("namespace", write.namespace.name) }
                if let key { writer.member("key", key) }
                writer.member("error", deadLetter.reason)
            }
            table.add([
                "\(deadLetter.name)", deadLetter.failedAt, deadLetter.class, deadLetter.write?.namespace.name ?? "",
                key ?? "",
                Self.kind(deadLetter), deadLetter.reason,
            ])
        }
        if settings.isJSON { output.show() } else { Output.text(deadLetters.isEmpty ? "no dead writes" : table.text) }
        if isCut { Output.notice("there are more; --limit shows more") }
        return .ok
    }

    private static func kind(_ deadLetter: DeadLetterOfWrite) -> String {
        switch deadLetter.write?.change {
        case .set(let value, _, _): "set \(value.bytes.count) B"
        case .delete: "delete"
        case nil: ""
        }
    }

    /// Writes each of them once more, through a node, where no later write of the key has come.
    func redrive() throws -> ExitCode {
        let dead = try DeadWrites(try settings.kafka())
        let (deadLetters, isCut) = try dead.findOpen(try names(), max: Self.settledMax)
        let obstacles = try dead.findObstacles(deadLetters)
        var counts = Counts()
        for deadLetter in deadLetters {
            switch (obstacles[deadLetter.name], deadLetter.write) {
            case (.later, _):
                try dead.settle(deadLetter, .superseded)
                counts.superseded += 1
            case (.unknown, _), (nil, nil):
                Output.notice(
                    "\(deadLetter.name) stays: it is no write, or the log behind it is gone, so nobody knows whether a "
                        + "later write came; discard it, or write the key anew")
                counts.left += 1
            case (nil, let write?):
                let isDone = try send(write)
                try dead.settle(deadLetter, isDone ? .redriven : .superseded)
                if isDone { counts.redriven += 1 } else { counts.superseded += 1 }
            }
        }
        show(counts, isCut)
        return counts.left > 0 ? .temporary : .ok
    }

    func discard() throws -> ExitCode {
        let dead = try DeadWrites(try settings.kafka())
        let (deadLetters, isCut) = try dead.findOpen(try names(), max: Self.settledMax)
        for deadLetter in deadLetters { try dead.settle(deadLetter, .discarded) }
        show(Counts(discarded: deadLetters.count), isCut)
        return .ok
    }

    private struct Counts {
        var redriven = 0
        var superseded = 0
        var discarded = 0
        var left = 0
    }

    private func show(_ counts: Counts, _ isCut: Bool) {
        if settings.isJSON {
            Output.object { writer in
                writer.member("redriven", Int64(counts.redriven))
                writer.member("superseded", Int64(counts.superseded))
                writer.member("discarded", Int64(counts.discarded))
                writer.member("left", Int64(counts.left))
            }
        } else {
            Output.text(
                "\(counts.redriven) redriven, \(counts.superseded) superseded, \(counts.discarded) discarded, "
                    + "\(counts.left) left")
        }
        if isCut { Output.notice("there are more: run it once more") }
    }

    private func names() throws -> Set<DeadLetterOfWrite.Name> {
        Set(
            try arguments.positionals(DeadCommand.deadLetter).map { text in
                guard let name = DeadLetterOfWrite.Name(text) else {
                    throw CommandError(.usage, "\(text) is no dead letter: write PARTITION/OFFSET, as the list does")
                }
                return name
            })
    }

    // MARK: Writing once more

    /// - Returns: false where a later write of the key has come meanwhile.
    private func send(_ write: WriteRecord) throws -> Bool {
        guard let key = String(validating: write.key.bytes, as: UTF8.self) else {
            throw CommandError(.dataError, "the key of a dead write is no UTF-8, and no client can write it")
        }
        let target =
            "/cache?namespace=\(PercentEncoding.encode(write.namespace.name))&key=\(PercentEncoding.encode(key))"
        let client = try GatewayClient(settings, for: .cache)
        let node = CacheCommand(settings, arguments)
        let found = try node.answer(client, "GET", target)
        let condition: (String, String)
        if let tag = found.header.first("ETag"), found.isSuccess {
            condition = ("If-Match", tag)
        } else if CachedEntry.isMissing(found), !CachedEntry.isUnsynced(found) {
            condition = ("If-None-Match", "*")
        } else {
            throw client.refusal(found)
        }
        let response: HTTPClientResponse
        switch write.change {
        case .set(let value, let tags, let lifetime):
            response = try node.answer(
                client, "POST", target, body: Self.body(value, tags, lifetime), headers: [condition])
        case .delete: response = try node.answer(client, "DELETE", target, headers: [condition])
        }
        if response.status == 412 { return false }
        guard response.isSuccess else { throw client.refusal(response) }
        return true
    }

    private static func body(_ value: CacheValue, _ tags: [String], _ lifetime: Lifetime) -> [UInt8] {
        var writer = JSONWriter(capacity: value.bytes.count + 256)
        writer.beginObject()
        writer.key("value")
        writer.raw(value.bytes)
        for (name, time) in [
            ("ttl" as StaticString, lifetime.fresh), ("staleWhileRevalidate", lifetime.staleWhileRevalidate),
            ("staleIfError", lifetime.staleIfError),
        ] {
            writer.key(name)
            writer.double(Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18)
        }
        writer.member("tags", tags)
        writer.endObject()
        return writer.bytes
    }
}
