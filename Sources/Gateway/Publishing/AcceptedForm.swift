internal import Invalidations
internal import JSON

/// How the answer to an accepted request is told.
struct AcceptedForm: Sendable {
    /// Fields of its body that look like misspelt ones.
    var warnings: [FieldWarning] = []
    /// The request's own.
    var notBefore: Timestamp?
    /// It is one of a batch.
    var isItem = false

    func write(_ record: StatusRecord, links: StatusLinks, into writer: inout JSONWriter) {
        guard isItem else {
            return StatusDocument.write(
                record, .summary, notBefore: notBefore, warnings: warnings, links: links, into: &writer)
        }
        writer.beginObject()
        writer.member("status", 202)
        writer.member("id", record.id.text)
        writer.member("namespace", record.namespace.name)
        writer.member("statusUrl", links.status(of: record.id))
        if let notBefore { writer.member("notBefore", notBefore.text) }
        StatusDocument.write(warnings, into: &writer)
        writer.endObject()
    }
}
