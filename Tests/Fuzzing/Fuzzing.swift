import Foundation

/// What libFuzzer calls: one reader of foreign bytes, chosen by `CACHESYNC_FUZZ`.
///
/// `.ci/test` builds and runs it; `Corpus/<name>` holds the inputs that each reader begins with. A reader finds a fault
/// by trapping: it checks what must hold of every input with `precondition`.
enum Fuzzing {
    static let readers: [String: @Sendable (UnsafeRawBufferPointer) -> Void] = [
        "commit-metadata": CommitMetadataFuzzing.read,
        "configuration": ConfigurationFuzzing.read,
        "dead-letter-headers": HeaderFuzzing.readDeadLetter,
        "edge-answers": EdgeAnswerFuzzing.read,
        "foreign-events": ForeignEventFuzzing.read,
        "http-requests": HTTPRequestFuzzing.read,
        "pipelined-answers": PipelinedAnswerFuzzing.read,
        "record-values": RecordValueFuzzing.read,
        "retry-headers": HeaderFuzzing.readRetry,
    ]

    static let reader: @Sendable (UnsafeRawBufferPointer) -> Void = {
        let name = ProcessInfo.processInfo.environment["CACHESYNC_FUZZ"] ?? ""
        guard let reader = readers[name] else {
            preconditionFailure("CACHESYNC_FUZZ must be one of \(readers.keys.sorted().joined(separator: ", "))")
        }
        return reader
    }()
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Fuzzing.reader(UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}
