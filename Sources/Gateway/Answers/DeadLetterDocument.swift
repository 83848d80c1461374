internal import Foundation
internal import Invalidations
internal import JSON
internal import Kafka
internal import Replays
internal import Views

/// The JSON by which dead letters are told.
enum DeadLetterDocument {
    static func page(_ records: [DeadLetterRecord], next: String?, asOf: Timestamp?) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 * (records.count + 1))
        writer.beginObject()
        writer.key("deadLetters")
        writer.beginArray()
        for record in records {
            writer.beginObject()
            write(record.entry, to: &writer)
            writeOpen(record, to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.key("next")
        if let next { writer.string(next) } else { writer.null() }
        StatusDocument.write(asOf: asOf, into: &writer)
        writer.endObject()
        return writer.bytes
    }

    static func groups(_ groups: DeadLetterGroups) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("groups")
        writer.beginArray()
        for group in groups.groups {
            writer.beginObject()
            writer.member("group", group.name)
            writer.member("deadLetters", group.count)
            writer.endObject()
        }
        writer.endArray()
        writer.member("total", groups.total)
        StatusDocument.write(asOf: groups.asOf, into: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// - Parameter record: nil where the view does not know it.
    static func single(
        _ entry: DeadLetterEntry, _ record: DeadLetterRecord?, _ content: DeadLetterLog.Content, asOf: Timestamp?
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 2_048)
        writer.beginObject()
        write(entry, to: &writer)
        writer.member("known", record != nil)
        if let record { writeOpen(record, to: &writer) }
        write(content, withValue: false, to: &writer)
        StatusDocument.write(asOf: asOf, into: &writer)
        writer.endObject()
        return writer.bytes
    }

    static func write(_ entry: DeadLetterEntry, to writer: inout JSONWriter) {
        writer.member("deadLetter", entry.name)
        if let time = entry.time { writer.member("time", Timestamp(milliseconds: time).text) }
        writer.member("class", entry.deadClass)
        if let id = entry.requestID { writer.member("request", id.text) }
        if let namespace = entry.namespace { writer.member("namespace", namespace.name) }
        writer.member("origin", entry.origin)
        writer.member("edges", entry.edges)
        writer.member("attempts", Int64(entry.attempts))
        writer.member("generation", Int64(entry.generation))
        writer.member("redrives", Int64(entry.redrives))
        writer.member("isQuarantined", entry.isQuarantined)
        if let run = entry.run { writer.member("run", run) }
        writer.member("error", entry.error)
    }

    static func writeOpen(_ record: DeadLetterRecord, to writer: inout JSONWriter) {
        writer.member("isOpen", record.isOpen)
        writer.member("openEdges", record.openEdges)
    }

    /// Key and value are any bytes, and so in base64; a header only where it is no text.
    static func write(_ content: DeadLetterLog.Content, withValue: Bool, to writer: inout JSONWriter) {
        writer.key("headers")
        writer.beginArray()
        for header in content.headers {
            writer.beginObject()
            // Names are any bytes, too: what is no text was replaced when it was read.
            writer.member("name", header.name)
            if let value = header.value {
                if let text = String(validating: value, as: UTF8.self) {
                    writer.member("value", text)
                } else {
                    writer.member("base64", Data(value).base64EncodedString())
                }
            }
            writer.endObject()
        }
        writer.endArray()
        if let key = content.key { writer.member("key", Data(key).base64EncodedString()) }
        if withValue, let value = content.value { writer.member("value", Data(value).base64EncodedString()) }
    }
}
