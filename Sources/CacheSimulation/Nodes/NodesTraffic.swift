internal import CacheWrites
internal import Caches

/// What is on its way between clients, nodes, Kafka and the database.
enum NodesTraffic {
    /// Call of a client.
    struct Call {
        enum Kind {
            /// - position: in the log of invalidations, which the answer must know; -1 for none.
            case read(position: Int)
            case write(PendingWrite.Change, isConditional: Bool, WriteFingerprint?)
        }

        let number: UInt64
        let key: CacheKey
        let kind: Kind
        let arrival: Int
        var tries = 0
        /// Under which the node that answers believed to own the key.
        var epoch: Int64 = 0
    }

    /// Record on its way to Kafka, or Kafka's answer to it.
    struct Sent {
        enum Content {
            case write(AppendWaiter, epoch: Int64)
            case claim(PartitionLease, [KnownWrites.Entry], round: Int)
        }

        let node: Int
        let incarnation: Int
        let partition: Int32
        let content: Content
        var offset: Int64 = -1
    }

    /// Question to the database, and its answer once that is there.
    struct Question {
        enum Content {
            case claim(Int32, round: Int)
            case flush(WriteBatch, KnownWrites.Change, PartitionLease)
            case version(CacheAddress, PartitionLease)
            case load(LoadOrder)
            case condition(Call)
        }

        enum Answer {
            case claimed(PartitionLease, [KnownWrites.Entry])
            case flushed(FlushAnswer)
            case version(RowVersion?)
            case row(SharedDatabase.Row?)
            case failed
        }

        let node: Int
        let incarnation: Int
        let content: Content
        var answer: Answer?
    }
}
