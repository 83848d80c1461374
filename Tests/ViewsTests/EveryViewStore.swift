import TestSupport
import Testing

/// A kind of database that a view can stand in.
enum ViewKind: String, CaseIterable {
    case sqlite, postgres

    /// The kind that the test at hand is run on.
    @TaskLocal static var current = ViewKind.sqlite
}

/// Runs each test of a suite once for every kind of database that is there: what a view says does not depend on it.
struct EveryViewStore: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        for kind in ViewKind.allCases where kind == .sqlite || PostgresServer.isAvailable {
            // An issue of a test says nothing of the kind, so the log does.
            print("on \(kind)")
            try await ViewKind.$current.withValue(kind) { try await function() }
        }
    }

    /// A suite's scope is that of its tests.
    func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? { testCase == nil ? nil : self }
}

extension Trait where Self == EveryViewStore {
    static var everyViewStore: Self { Self() }
}
