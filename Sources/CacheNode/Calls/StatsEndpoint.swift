internal import CacheWrites
internal import Caches
internal import Gateway
internal import HTTP
internal import Invalidations
internal import JSON

/// Figures of the store and of its namespaces, for those who may use them.
struct StatsEndpoint: Sendable {
    let service: CacheService
    let journal: WriteJournal?
    let entrance: ScopedEntrance

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        let store = service.store
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.member("durability", journal?.isLogDurable == true ? "log" : "memory")
        if let state = journal?.state { Self.append(state, to: &writer) }
        writer.member("limitBytes", Int64(store.limit))
        writer.member("bytes", Int64(store.byteCount))
        writer.member("savedBytes", Int64(store.savedBytes))
        writer.member("entries", Int64(store.count))
        if let disk = service.disk { Self.append(disk, to: &writer) }
        writer.key("namespaces")
        writer.beginArray()
        for (name, number) in store.namespaces where entrance.admits(name, request) {
            let (usage, reads, rules) = (store.usage(number), store.reads(number), store.rules(number))
            writer.beginObject()
            writer.member("namespace", name.name)
            writer.member("bytes", Int64(usage.bytes))
            writer.member("entries", Int64(usage.entries))
            writer.member("hits", Int64(reads.hits))
            writer.member("misses", Int64(reads.misses))
            if rules.bytesMax < .max { writer.member("bytesMax", Int64(rules.bytesMax)) }
            if rules.entriesMax < .max { writer.member("entriesMax", Int64(rules.entriesMax)) }
            writer.endObject()
        }
        writer.endArray()
        let phases = service.rolloutPhases.filter { entrance.admits($0.key, request) }
        if !phases.isEmpty { Self.append(phases, to: &writer) }
        writer.endObject()
        return .json(200, writer.bytes).with("Cache-Control", "no-store")
    }

    private static func append(_ phases: [Namespace: RolloutRecord.Phase], to writer: inout JSONWriter) {
        writer.key("rollouts")
        writer.beginArray()
        for (namespace, phase) in phases.sorted(by: { $0.key.name < $1.key.name }) {
            writer.beginObject()
            writer.member("namespace", namespace.name)
            writer.member("phase", phase.rawValue)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func append(_ disk: DiskTier, to writer: inout JSONWriter) {
        writer.key("disk")
        writer.beginObject()
        writer.member("bytes", disk.byteCount)
        writer.member("waitingChanges", Int64(disk.queue.count))
        writer.member("shed", Int64(disk.queue.shedCount))
        if let problem = disk.problem { writer.member("problem", problem) }
        writer.endObject()
    }

    private static func append(_ state: WriteState, to writer: inout JSONWriter) {
        writer.key("writes")
        writer.beginObject()
        writer.member("ownedPartitions", Int64(state.owned.count))
        writer.member("restoringPartitions", Int64(state.restoring.count))
        writer.member("dirty", Int64(state.dirty))
        writer.member("dirtyBytes", Int64(state.dirtyBytes))
        writer.member("oldestSeconds", state.oldest.components.seconds)
        if let problem = state.problem { writer.member("problem", problem) }
        writer.endObject()
    }
}
