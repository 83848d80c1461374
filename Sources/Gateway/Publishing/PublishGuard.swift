/// Says whether the log has capacity for what is about to be published. Asked before each publication.
///
/// A broker on a disk needs none; one that keeps little in memory and drops the oldest does.
public protocol PublishGuard: Sendable {
    /// Takes up capacity for that many bytes, or says that there is none. What was admitted is either stored or
    /// abandoned later.
    func admit(bytes: Int) -> Bool
    /// The admitted record stands in the log: it takes up its capacity until its reader has committed past it.
    func stored(bytes: Int, topic: String, partition: Int32, offset: Int64)
    /// The admitted record did not reach the log.
    func abandon(bytes: Int)
}
