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
        try run([RoleFactory(settings).gateway(kafka: settings.kafka())])
    }

    func worker() throws -> ExitCode {
        try run(RoleFactory(settings).workers(kafka: settings.kafka()))
    }

    func projector(isRebuild: Bool) throws -> ExitCode {
        try run([RoleFactory(settings).projector(kafka: settings.kafka(), isRebuild: isRebuild)])
    }

    /// Every role waits for Kafka as long as it takes: what restarts it instead would wait no shorter.
    private func run(_ roles: [any Role]) throws -> ExitCode {
        let log = settings.log
        let runner = RoleRunner(
            log: log, drainDeadline: try settings.sources.duration("worker.drainTimeout"), stopDeadline: .seconds(5),
            startDeadline: nil)
        return runner.run(roles, whenReady: { log.info("ready") }).exitCode
    }
}
