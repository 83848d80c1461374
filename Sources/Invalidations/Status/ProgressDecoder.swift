internal import JSON

/// Why a record on the progress topic cannot be read: which field, and what it must be.
public struct ProgressError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Decodes progress from the JSON of records, with a limit on every field. Unknown fields are ignored.
///
/// Not `Sendable`: each thread that decodes owns one.
public final class ProgressDecoder {
    private let parser = JSONParser(bytesMax: Limits.recordBytes, depthMax: Limits.nestingDepth)

    public init() {}

    public func decode(_ bytes: UnsafeRawBufferPointer) throws(ProgressError) -> Progress {
        do {
            return try parser.parse(bytes) { root in
                guard root.kind == .object else { throw ProgressError("must be a JSON object, not \(root.kind.name)") }
                var draft = ProgressDraft()
                try root.forEachMember { key, value in try draft.readMember(key, value) }
                return try draft.progress()
            }
        } catch let error as ProgressError {
            throw error
        } catch let error as InvalidationError {
            throw ProgressError(error.message)
        } catch {
            throw ProgressError("not valid JSON: \(error)")
        }
    }

    public func decode(_ bytes: [UInt8]) throws(ProgressError) -> Progress {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(ProgressError) in try decode(bytes) }
        }
        return try result.get()
    }
}

/// What has been read of a snapshot so far.
private struct ProgressDraft {
    private var id: RequestID?
    private var namespace: Namespace?
    private var generation: UInt32 = 0
    private var run: String?
    private var requestedAt: Timestamp?
    private var at: Timestamp?
    private var source = ""
    private var origin: Progress.Origin?
    private var edges: [Progress.Edge]?
    private var failures: [(edge: String, failure: EdgeFailure)] = []
    private var objects: [(edge: String, count: UInt32)] = []
    private var failure: RequestFailure?

    func progress() throws -> Progress {
        guard let id else { throw ProgressError("id is missing") }
        guard let namespace else { throw ProgressError("namespace is missing") }
        guard let requestedAt else { throw ProgressError("requestedAt is missing") }
        guard let at else { throw ProgressError("at is missing") }
        guard var edges else { throw ProgressError("edges is missing") }
        if !failures.isEmpty { attach(failures, to: &edges) }
        if !objects.isEmpty { attach(objects, to: &edges) }
        return Progress(
            id: id, namespace: namespace, generation: generation, run: run, requestedAt: requestedAt, at: at,
            source: source, origin: origin, edges: edges, failure: failure)
    }

    /// `null` says the same as an absent field.
    mutating func readMember(_ key: JSONKey, _ value: JSONValue) throws {
        guard !value.isNull else { return }
        switch key {
        case "id": id = try FieldReader.id(value, "id")
        case "namespace": namespace = try FieldReader.namespace(value)
        case "generation": generation = try Self.count(value, "generation")
        case "run": run = try Self.run(value)
        case "requestedAt": requestedAt = try FieldReader.time(value, "requestedAt")
        case "at": at = try FieldReader.time(value, "at")
        case "source": source = try FieldReader.source(value)
        case "origin": origin = try Self.origin(value)
        case "edges": edges = try Self.edges(value)
        case "failures": failures = try Self.failures(value)
        case "objects": objects = try Self.objects(value)
        case "failure": failure = try Self.failure(value)
        default: break
        }
    }

    /// A failure of an edge that the snapshot does not name says nothing about the request.
    private func attach(_ failures: [(edge: String, failure: EdgeFailure)], to edges: inout [Progress.Edge]) {
        let byName = Dictionary(failures.map { ($0.edge, $0.failure) }, uniquingKeysWith: max)
        for index in edges.indices { edges[index].failure = byName[edges[index].name] }
    }

    private func attach(_ objects: [(edge: String, count: UInt32)], to edges: inout [Progress.Edge]) {
        let byName = Dictionary(objects.map { ($0.edge, $0.count) }, uniquingKeysWith: max)
        for index in edges.indices { edges[index].objects = byName[edges[index].name] }
    }

    private static func run(_ value: JSONValue) throws -> String {
        guard let run = value.string, Replay.isRun(run) else {
            throw ProgressError("run must be 1 to 64 letters, digits, '-', '_' or '.'")
        }
        return run
    }

    private static func edges(_ value: JSONValue) throws -> [Progress.Edge] {
        guard value.kind == .object else {
            throw ProgressError("edges must be an object of names by state, not \(value.kind.name)")
        }
        var edges: [Progress.Edge] = []
        try value.forEachMember { key, names in
            guard let state = EdgeState(key) else {
                throw ProgressError("edges holds the unknown state \"\(key.string.prefix(40))\"")
            }
            guard names.kind == .array else {
                throw ProgressError("edges.\(state.rawValue) must be an array of names, not \(names.kind.name)")
            }
            guard edges.count + names.count <= Limits.edges else {
                throw ProgressError("edges has more than the \(Limits.edges) names allowed")
            }
            edges.reserveCapacity(edges.count + names.count)
            try names.forEachElement { name in
                edges.append(Progress.Edge(try edgeName(name, "edges.\(state.rawValue)"), state))
            }
        }
        return edges
    }

    private static func failures(_ value: JSONValue) throws -> [(edge: String, failure: EdgeFailure)] {
        guard value.kind == .array else {
            throw ProgressError("failures must be an array of objects, not \(value.kind.name)")
        }
        guard value.count <= Limits.edges else {
            throw ProgressError("failures has \(value.count) entries, more than the \(Limits.edges) allowed")
        }
        var failures: [(edge: String, failure: EdgeFailure)] = []
        try value.forEachElement { element in
            guard let edge = element["edge"] else {
                throw ProgressError("a failure must be an object that names its edge")
            }
            let attempts = try element["attempts"].map { try count($0, "failures.attempts") }
            failures.append(
                (
                    try edgeName(edge, "failures.edge"),
                    EdgeFailure(
                        failureClass: element["class"]?.string ?? "unknown",
                        message: element["message"]?.string ?? "", attempts: attempts ?? 0)
                ))
        }
        return failures
    }

    private static func objects(_ value: JSONValue) throws -> [(edge: String, count: UInt32)] {
        guard value.kind == .object else {
            throw ProgressError("objects must be an object of edges' names by counts, not \(value.kind.name)")
        }
        guard value.count <= Limits.edges else {
            throw ProgressError("objects has \(value.count) members, more than the \(Limits.edges) allowed")
        }
        var objects: [(edge: String, count: UInt32)] = []
        try value.forEachMember { key, value in
            objects.append((key.string, try count(value, "objects.\(key.string.prefix(40))")))
        }
        return objects
    }

    private static func failure(_ value: JSONValue) throws -> RequestFailure {
        guard value.kind == .object, let failureClass = value["class"]?.string, !failureClass.isEmpty else {
            throw ProgressError("failure must be an object of a class and a message")
        }
        return RequestFailure(failureClass: failureClass, message: value["message"]?.string ?? "")
    }

    private static func origin(_ value: JSONValue) throws -> Progress.Origin {
        guard let topic = value["topic"]?.string, (1...Limits.topicBytes).contains(topic.utf8.count),
            let partition = value["partition"]?.int64.flatMap(Int32.init(exactly:)), partition >= 0,
            let offset = value["offset"]?.int64, offset >= 0
        else {
            throw ProgressError("origin must be an object of a topic's name, a partition and an offset")
        }
        return Progress.Origin(topic: topic, partition: partition, offset: offset)
    }

    private static func edgeName(_ value: JSONValue, _ field: @autoclosure () -> String) throws -> String {
        guard let bytes = value.utf8, (1...Limits.edgeNameBytes).contains(bytes.count),
            bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), let name = value.string
        else {
            throw ProgressError(
                "\(field()) must hold names of 1 to \(Limits.edgeNameBytes) printable ASCII characters")
        }
        return name
    }

    private static func count(_ value: JSONValue, _ field: String) throws -> UInt32 {
        guard let count = value.int64.flatMap(UInt32.init(exactly:)) else {
            throw ProgressError("\(field) must be a whole number from 0 to \(UInt32.max)")
        }
        return count
    }
}

extension EdgeState {
    fileprivate init?(_ key: JSONKey) {
        switch key {
        case "queued": self = .queued
        case "sending": self = .sending
        case "deferred": self = .deferred
        case "cancelled": self = .cancelled
        case "expired": self = .expired
        case "dead": self = .dead
        case "absorbed": self = .absorbed
        case "accepted": self = .accepted
        case "purged": self = .purged
        case "verified": self = .verified
        case "skipped": self = .skipped
        default: return nil
        }
    }
}
