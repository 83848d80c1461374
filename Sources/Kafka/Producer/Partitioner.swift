internal import CKafka

/// Which partition a record with a key goes to: murmur2, as in the JVM's clients.
public enum Partitioner {
    /// - Parameter count: the topic's partitions, at least 1.
    public static func partition(ofKey key: [UInt8], count: Int32) -> Int32 {
        precondition(count > 0, "a topic has partitions")
        return key.withUnsafeBytes {
            rd_kafka_msg_partitioner_murmur2(nil, $0.baseAddress ?? emptyBytes, $0.count, count, nil, nil)
        }
    }
}

/// Stands for "no bytes", where a null pointer would mean "no value". It is never read.
nonisolated(unsafe) let emptyBytes = UnsafeRawPointer(bitPattern: 1)  // An address of nothing: nobody can change it.
