import Basics
import Caches
import JSON
import Runtime

/// What `cache set` sends: the value as it is, with its times and tags.
struct EntryBody {
    private static let depthMax = 512

    let bytes: [UInt8]

    init(_ arguments: Arguments) throws {
        let value = try Self.value(arguments)
        var writer = JSONWriter(capacity: value.count + 256)
        writer.beginObject()
        writer.key("value")
        writer.raw(value)
        for (option, name) in [
            ("ttl", "ttl"), ("stale-while-revalidate", "staleWhileRevalidate"), ("stale-if-error", "staleIfError"),
        ] {
            guard let seconds = try Self.seconds(option, arguments) else { continue }
            writer.key(name)
            writer.double(seconds)
        }
        if !arguments.values("tag").isEmpty {
            writer.member("tags", arguments.values("tag"))
        }
        Self.writeInvalidation(arguments, into: &writer)
        writer.endObject()
        bytes = writer.bytes
    }

    private static func writeInvalidation(_ arguments: Arguments, into writer: inout JSONWriter) {
        let (tags, urls) = (arguments.values("invalidate-tag"), arguments.values("invalidate-url"))
        guard !tags.isEmpty || !urls.isEmpty else { return }
        writer.key("invalidate")
        writer.beginObject()
        if !tags.isEmpty { writer.member("tags", tags) }
        if !urls.isEmpty { writer.member("urls", urls) }
        writer.endObject()
    }

    /// One JSON value: the node could take several for more than that.
    private static func value(_ arguments: Arguments) throws -> [UInt8] {
        let given = try input(arguments)
        if arguments.has("string") {
            guard let text = String(validating: given, as: UTF8.self) else {
                throw CommandError(.dataError, "the value is no text in UTF-8, so it cannot be a string")
            }
            var writer = JSONWriter(capacity: given.count + 2)
            writer.string(text)
            return writer.bytes
        }
        do {
            try JSONParser(bytesMax: CacheLimits.batchBytes, depthMax: depthMax).parse(given) { _ in }
        } catch {
            throw CommandError(.dataError, "the value is no JSON: \(error); --string stores text as a JSON string")
        }
        return given
    }

    private static func input(_ arguments: Arguments) throws -> [UInt8] {
        let path: String
        switch (arguments.positional(CacheCommand.value), arguments.value("file")) {
        case (nil, nil): throw usage("the value is missing: give it, or --file FILE")
        case (_?, _?): throw usage("give the value or --file, not both")
        case (nil, let file?): path = file
        case ("-", nil): path = "-"
        case (let text?, nil): return Array(text.utf8)
        }
        return try WholeInput(path, bytesMax: CacheLimits.batchBytes).bytes
    }

    private static func seconds(_ option: String, _ arguments: Arguments) throws -> Double? {
        guard let text = arguments.value(option) else { return nil }
        let value = ConfigurationValue(key: option, text: text, origin: .flag(option))
        return try value.duration(in: .milliseconds(1)...CacheLimits.lifetimeMax).secondsAndFraction
    }

    private static func usage(_ problem: String) -> UsageError {
        UsageError(problem, command: "cachesync cache set")
    }
}
