/// Retry budget: how many attempts beyond the first an edge may get at the moment.
///
/// Retries never become most of the work of a struggling edge: they get a share of the first attempts, and some a
/// second for edges with little traffic. The scheme is Finagle's
/// (https://finagle.github.io/blog/2016/02/08/retry-budgets).
package struct RetryBudget {
    private let policy: RetryBudgetPolicy
    /// Saved up for at most ten seconds.
    private var balance: Double
    private let balanceMax: Double
    private var paidUntil: Int64?

    package init(_ policy: RetryBudgetPolicy) {
        self.policy = policy
        balanceMax = max(1, policy.perSecond * 10)
        balance = balanceMax
    }

    package mutating func firstAttempt() {
        balance = min(balanceMax, balance + policy.share)
    }

    /// - Returns: whether there is an attempt left to spend; it is spent.
    package mutating func spend(now: Int64) -> Bool {
        let elapsed = paidUntil.map { Double(now - $0) / 1_000_000_000 } ?? 0
        paidUntil = now
        balance = min(balanceMax, balance + elapsed * policy.perSecond)
        guard balance >= 1 else { return false }
        balance -= 1
        return true
    }
}
