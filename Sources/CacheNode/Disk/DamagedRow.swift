/// One row of the cache's file that is not what was written. The other rows are still good.
enum DamagedRow: Error {
    /// What the writer's thread reads, too: the key, the namespace or the tags.
    case head
    case value
}
