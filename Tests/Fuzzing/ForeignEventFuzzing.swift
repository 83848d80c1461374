import Invalidations
import Mappings
import Runtime

/// Events of other systems, by a mapping of each format: headers, an empty line, and the value.
enum ForeignEventFuzzing {
    private static let time = Timestamp(milliseconds: 1_790_000_000_000)
    private static let id = RequestID(high: 0x8000, low: 0x8000_0000_0000_0000)

    private static let mappings: [Mapping] = {
        let bridges = ["resource-change", "cloud-events", "debezium", "json"].map { format in
            """
              - {topic: t, name: \(format), format: \(format), namespace: "n-{ns}", tags: ["t-{row.id}", "{tags}"], \
            urls: ["{meta.uri}", "https://h.example/{data.path}/{+rest}"], time: at, where: {kind: "*"}}
            """
        }
        do {
            let file = try YAMLReader.parse(
                Array("bridges:\n\(bridges.joined(separator: "\n"))\n".utf8), fileName: "fuzzing")
            return try MappingList.read(
                ConfigurationSources(keys: [MappingList.key], file: file, fileName: "fuzzing"))
        } catch {
            preconditionFailure("the mappings cannot be read: \(error)")
        }
    }()

    /// What is mapped can be read by a worker, and means the same there.
    static func read(_ bytes: UnsafeRawBufferPointer) {
        let input = FuzzInput(bytes, hasFirst: false)
        let headers = input.fields.map { ForeignEvent.Header($0.name, $0.value) }
        let mapper = EventMapper()
        for mapping in mappings {
            let event = input.rest.withUnsafeBytes {
                mapper.map(ForeignEvent(value: $0, headers: headers), by: mapping, id: id, now: time)
            }
            guard case .request(let request, let value) = event else { continue }
            let read = value.withUnsafeBytes {
                try? InvalidationDecoder().decode(record: $0, time: time, arrival: time)
            }
            precondition(read == request, "a request changes on its way")
            precondition(request.requestedAt <= time, "no request is from the future")
        }
    }
}
