import Foundation

/// A condition that did not come true within its deadline.
public struct EventuallyTimeout: Error, CustomStringConvertible {
    public let description: String
}

private let pollInterval = Duration.milliseconds(5)

/// Polls `condition` until it is true; throws `EventuallyTimeout` naming `what` when `deadline` passes first.
/// The deadline is generous on purpose: it only bounds a failing test, a passing one returns at once.
public func eventually(
    _ what: String, within deadline: Duration = .seconds(20), _ condition: () throws -> Bool
) throws {
    let end = ContinuousClock.now + deadline
    while try !condition() {
        guard ContinuousClock.now < end else {
            throw EventuallyTimeout(description: "not within \(deadline): \(what)")
        }
        usleep(5_000)
    }
}

/// As above, for conditions that await; gives its thread back between the polls.
public func eventually(
    _ what: String, within deadline: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + deadline
    while try await !condition() {
        guard ContinuousClock.now < end else {
            throw EventuallyTimeout(description: "not within \(deadline): \(what)")
        }
        try await Task.sleep(for: pollInterval)
    }
}
