/// Settings of the client library that a user may not change, each with the reason.
public enum ReservedSettings {
    public static func reason(against key: String) -> String? {
        if let reason = reasons[key] { return reason }
        if key.hasSuffix("_cb") || key == "opaque" { return "callbacks cannot be configured" }
        if key.hasPrefix("test.mock.") { return "it would replace the brokers by an emulation" }
        return nil
    }

    private static let security = "use the security settings, which are checked and never printed"
    private static let order = "it would break the order or the durability of records"
    private static let offsets = "offsets are committed when their work is done, and only then"

    private static let reasons: [String: String] = [
        "bootstrap.servers": "use the list of brokers",
        "metadata.broker.list": "use the list of brokers",
        "client.id": "use the client id",
        "group.id": "the group belongs to the role that reads",
        "group.instance.id": "static members can commit offsets of partitions that they have lost",
        "group.protocol.type": "only consumer groups are spoken",
        "partition.assignment.strategy": "co-partitioned topics need range; cooperative strategies can lose positions",
        "security.protocol": security, "sasl.mechanism": security, "sasl.mechanisms": security,
        "sasl.username": security, "sasl.password": security, "ssl.ca.location": security,
        "ssl.certificate.location": security, "ssl.key.location": security, "ssl.key.password": security,
        "ssl.endpoint.identification.algorithm": security, "enable.ssl.certificate.verification": security,
        "enable.idempotence": order, "acks": order, "request.required.acks": order, "max.in.flight": order,
        "max.in.flight.requests.per.connection": order, "partitioner": order, "enable.gapless.guarantee": order,
        "transactional.id": "transactions are not used", "queuing.strategy": order,
        "message.send.max.retries": order, "retries": order,
        "enable.auto.commit": offsets, "auto.commit.enable": offsets, "enable.auto.offset.store": offsets,
        "auto.commit.interval.ms": offsets, "auto.offset.reset": "a lost position must be seen, not skipped",
        "offset.store.method": offsets, "offset.store.path": offsets,
        "enable.partition.eof": "the reader decides", "log.queue": "log lines are taken from a queue",
        "log_level": "log lines are filtered by the program's own log level", "debug": "it is used to see readiness",
        "allow.auto.create.topics": "topics come from their definitions",
        "plugin.library.paths": "it would load foreign code", "interceptors": "it would load foreign code",
        "enabled_events": "the events are the program's own", "delivery.report.only.error": "every delivery is awaited",
    ]
}
