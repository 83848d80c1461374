internal import Foundation

/// The files of `Topics/`, embedded in the binary: the one source of what topics exist and how.
public enum TopicCatalogue {
    /// A file of the folder, byte for byte.
    public struct File: Sendable {
        /// Relative to `Topics/`.
        public let path: String
        public let bytes: [UInt8]
    }

    /// The definitions, in the order in which they are listed and created.
    public static let definitionFiles = [
        File(path: "definitions/cachesync.invalidations.high.json", bytes: high),
        File(path: "definitions/cachesync.invalidations.normal.json", bytes: normal),
        File(path: "definitions/cachesync.invalidations.low.json", bytes: low),
        File(path: "definitions/cachesync.retry.10s.json", bytes: PackageResources.cachesync_retry_10s_json),
        File(path: "definitions/cachesync.retry.1m.json", bytes: PackageResources.cachesync_retry_1m_json),
        File(path: "definitions/cachesync.retry.10m.json", bytes: PackageResources.cachesync_retry_10m_json),
        File(path: "definitions/cachesync.retry.1h.json", bytes: PackageResources.cachesync_retry_1h_json),
        File(path: "definitions/cachesync.replays.json", bytes: PackageResources.cachesync_replays_json),
        File(path: "definitions/cachesync.dead.json", bytes: PackageResources.cachesync_dead_json),
        File(path: "definitions/cachesync.progress.json", bytes: PackageResources.cachesync_progress_json),
        File(path: "definitions/cachesync.control.json", bytes: PackageResources.cachesync_control_json),
        File(path: "definitions/cachesync.cache.writes.json", bytes: PackageResources.cachesync_cache_writes_json),
        File(path: "definitions/cachesync.cache.dead.json", bytes: PackageResources.cachesync_cache_dead_json),
        File(path: "definitions/cachesync.cache.rollout.json", bytes: PackageResources.cachesync_cache_rollout_json),
    ]

    public static let schemaFiles = [
        File(path: "schemas/control.schema.json", bytes: PackageResources.control_schema_json),
        File(path: "schemas/invalidation.schema.json", bytes: PackageResources.invalidation_schema_json),
        File(path: "schemas/progress.schema.json", bytes: PackageResources.progress_schema_json),
        File(path: "schemas/rollout.schema.json", bytes: PackageResources.rollout_schema_json),
        File(path: "schemas/topic.schema.json", bytes: PackageResources.topic_schema_json),
    ]

    public static let all: [TopicDefinition] = definitionFiles.map { file in
        do {
            return try JSONDecoder().decode(TopicDefinition.self, from: Data(file.bytes))
        } catch {
            // The file was embedded at build time, so only a programmer can have broken it.
            fatalError("Topics/\(file.path) is not a topic definition: \(error)")
        }
    }

    public static func definition(named name: String) -> TopicDefinition? {
        all.first { $0.name == name }
    }

    private static let high = PackageResources.cachesync_invalidations_high_json
    private static let normal = PackageResources.cachesync_invalidations_normal_json
    private static let low = PackageResources.cachesync_invalidations_low_json
}
