import Foundation

/// What a broker's `server.properties` says.
struct KafkaBrokerSettings {
    /// Plain, login, certificate, controller.
    let ports: [Int]
    let listeners: KafkaBroker.Listeners
    let certificate: TestCertificate?
    let directory: String

    /// A hundredth of Kafka's own: it maps the whole file, and touching a new part of that for the first time makes the
    /// kernel fill megabytes with zeros, for tens of milliseconds in which nothing is stored.
    private static let indexBytes = 128 << 10

    func text() throws -> String {
        var names = ["PLAIN"]
        if listeners.login != nil { names.append("LOGIN") }
        if listeners.clientCertificate != nil { names.append("CERTIFICATE") }
        let addresses = names.map { "\($0)://127.0.0.1:\(port($0))" }
        return try """
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:\(ports[3])
        listeners=\((addresses + ["CONTROLLER://127.0.0.1:\(ports[3])"]).joined(separator: ","))
        advertised.listeners=\(addresses.joined(separator: ","))
        listener.security.protocol.map=\
        PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_SSL,CERTIFICATE:SSL
        controller.listener.names=CONTROLLER
        inter.broker.listener.name=PLAIN
        log.dirs=\(directory)/data
        log.index.size.max.bytes=\(Self.indexBytes)
        num.partitions=1
        auto.create.topics.enable=false
        offsets.topic.num.partitions=3
        offsets.topic.replication.factor=1
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        group.initial.rebalance.delay.ms=0
        group.min.session.timeout.ms=1000
        \(login())
        \(certificates())

        """
    }

    private func port(_ listener: String) -> Int {
        switch listener {
        case "LOGIN": ports[1]
        case "CERTIFICATE": ports[2]
        default: ports[0]
        }
    }

    private func login() -> String {
        guard let login = listeners.login else { return "" }
        let module = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        return """
            listener.name.login.sasl.enabled.mechanisms=PLAIN
            listener.name.login.plain.sasl.jaas.config=\(module) user_\(login.user)="\(login.password)";
            """
    }

    /// PEM stores: a key store is the key, then its certificate.
    private func certificates() throws -> String {
        guard let certificate else { return "" }
        let key = try String(contentsOfFile: certificate.keyFile, encoding: .utf8)
        let chain = try String(contentsOfFile: certificate.certificateFile, encoding: .utf8)
        let store = certificate.directory.file("keystore.pem")
        try (key + chain).write(toFile: store, atomically: false, encoding: .utf8)
        let trusted = listeners.clientCertificate ?? certificate
        return """
            ssl.keystore.type=PEM
            ssl.keystore.location=\(store)
            ssl.truststore.type=PEM
            ssl.truststore.location=\(trusted.certificateFile)
            listener.name.certificate.ssl.client.auth=required
            """
    }
}
