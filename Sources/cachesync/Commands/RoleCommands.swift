import Foundation
import Gateway
import Invalidations
import Kafka
import Runtime
import Views
import Workers

/// Runs one role against a real cluster until it is asked to stop.
struct RoleCommands {
    private let settings: Settings

    init(_ settings: Settings) {
        self.settings = settings
    }

    func gateway() throws -> ExitCode {
        let (kafka, factory) = (try settings.kafka(), RoleFactory(settings))
        let roles = try factory.admin(kafka: kafka) + [factory.gateway(kafka: kafka)]
        try settings.checkListenAddress()
        return try run(roles, factory)
    }

    func worker() throws -> ExitCode {
        let (kafka, factory) = (try settings.kafka(), RoleFactory(settings))
        return try run(factory.admin(kafka: kafka) + factory.workers(kafka: kafka), factory)
    }

    func projector(isRebuild: Bool) throws -> ExitCode {
        let (kafka, factory) = (try settings.kafka(), RoleFactory(settings))
        return try run(
            factory.admin(kafka: kafka) + [
                factory.projector(kafka: kafka, isRebuild: isRebuild), factory.replayer(kafka: kafka),
            ], factory)
    }

    func cache() throws -> ExitCode {
        let (kafka, factory) = (try settings.kafka(), RoleFactory(settings))
        let roles = try factory.admin(kafka: kafka) + [factory.cache(kafka: kafka)]
        try settings.checkCacheAddress()
        return try run(roles, factory)
    }

    func bridge() throws -> ExitCode {
        _ = try settings.someBridges()
        let (kafka, factory) = (try settings.kafka(), RoleFactory(settings))
        return try run(factory.admin(kafka: kafka) + factory.bridges(kafka: kafka), factory)
    }

    /// Every role waits for Kafka as long as it takes: what restarts it instead would wait no shorter.
    private func run(_ roles: [any Role], _ factory: RoleFactory) throws -> ExitCode {
        let log = settings.log
        let runner = RoleRunner(
            log: log, drainDeadline: try settings.sources.duration("worker.drainTimeout"), stopDeadline: .seconds(5),
            startDeadline: nil, onHangUp: { [reload = factory.reload] in reload.reload() })
        return runner.run(roles, whenReady: { log.info("ready") }).exitCode
    }
}
