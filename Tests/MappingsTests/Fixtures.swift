import Foundation
import Invalidations
import Mappings
import Runtime

/// Noon of the day on which the events of these tests happened.
let noon = Timestamp("2026-11-27T12:00:00.000Z") ?? Timestamp(milliseconds: 0)
let anID = RequestID(high: 0x1234_5678_9abc_8def, low: 0x8123_4567_89ab_cdef)

/// The mappings of a configuration file.
func readMappings(_ text: String) throws -> [Mapping] {
    let file = try YAMLReader.parse(Array(text.utf8), fileName: "test.yaml")
    return try MappingList.read(ConfigurationSources(keys: [MappingList.key], file: file, fileName: "test.yaml"))
}

/// The one mapping of a bridge, whose keys are given as a YAML group without its braces.
func mapping(_ keys: String) throws -> Mapping {
    guard let mapping = try readMappings("bridges:\n  - {\(keys)}\n").first else { throw MissingMapping() }
    return mapping
}

struct MissingMapping: Error {}

/// What an event becomes, in a few words: what is purged where, or why nothing is.
func mapped(
    _ value: [UInt8]?, headers: [(String, String)] = [], by mapping: Mapping, now: Timestamp = noon
) -> String {
    let headers = headers.map { ForeignEvent.Header($0.0, Array($0.1.utf8)) }
    let mapper = EventMapper()
    func map(_ bytes: UnsafeRawBufferPointer?) -> MappedEvent {
        mapper.map(ForeignEvent(value: bytes, headers: headers, time: now), by: mapping, id: anID, now: now)
    }
    switch value.map({ $0.withUnsafeBytes { map($0) } }) ?? map(nil) {
    case .passedOver: return "passed over"
    case .refused(let reason): return "refused: \(reason)"
    case .request(let request, _):
        let selectors = request.selectors
        let everything = selectors.everything ? ["everything"] : []
        let words = selectors.tags + selectors.urls + selectors.prefixes.map { "\($0)…" } + everything
        return "\(request.namespace): \(words.joined(separator: " "))"
    }
}

func mapped(_ json: String, headers: [(String, String)] = [], by mapping: Mapping, now: Timestamp = noon) -> String {
    mapped(Array(json.utf8), headers: headers, by: mapping, now: now)
}
