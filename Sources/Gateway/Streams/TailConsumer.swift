package import Kafka
package import Runtime

// What consumers have in common that read the ends of topics without a group.
extension ConsumerTuning {
    /// Little is read ahead: all partitions together stay below 50 MB.
    package static var tail: ConsumerTuning {
        var tuning = ConsumerTuning()
        // A record takes some 500 bytes beside its own.
        tuning.queuedRecordsMin = 10_000
        tuning.queuedKilobytesMax = 512
        tuning.reportsEndOfPartition = true
        tuning.statisticsInterval = .zero
        return tuning
    }
}

extension KafkaConsumer {
    /// Writes to the log what the library tells.
    ///
    /// - Throws: `KafkaError` when the consumer is of no use any more.
    package func takeTailEvents(log: Log) throws {
        var fatal: KafkaError?
        poll(max: 1_000) { event in
            switch event {
            case .fatal(let error): fatal = error
            case .error(let error): log.debug("the tail has trouble with Kafka", ["error": "\(error)"])
            case .log(let line):
                log.log(line.level <= 4 ? .warning : .debug, line.message, ["kafka.facility": line.facility])
            case .assigned, .revoked, .committed, .endOfPartition, .statistics: break
            }
        }
        if let fatal { throw fatal }
    }
}
