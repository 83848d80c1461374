internal import Invalidations

/// An edge of the simulated world: what workers know of it, and how it behaves.
struct EdgePlan {
    var profile: EdgeProfile
    /// Of an answer, when nothing is wrong.
    var latency: ClosedRange<SimulatedTime>
    /// Whether it answers for each item of a batch, or for the batch as a whole.
    var answersPerItem: Bool
    /// Selectors that it refuses for good.
    var refuses: Set<String>
    /// What is wrong with it when; ascending and apart. Empty for an edge that is always well.
    var faultWindows: [FaultWindow]

    /// It names pauses that are none: past ones, none at all, and hours.
    var namesOddPauses = false
    /// What it refuses while it takes everything else, as with rights that lack something.
    var refusals: [Refusal] = []

    var isAlwaysWell: Bool { faultWindows.isEmpty && refusals.isEmpty }

    /// Whether it refuses some requests for reasons that somebody may change.
    var hasRefusals: Bool { !refusals.isEmpty || faultWindows.contains { $0.trouble == .refusing } }

    /// Whether it may refuse all kinds of selectors that it takes, at some time.
    var mayRefuseEverything: Bool {
        let refused = refusals.reduce(into: SelectorKinds()) { all, refusal in
            if case .kinds(let kinds) = refusal.scope { all.formUnion(kinds) }
        }
        return profile.accepts.isSubset(of: refused)
    }

    struct Refusal {
        enum Scope {
            case items(Set<String>)
            case namespace(Namespace)
            case kinds(SelectorKinds)
        }

        var from: SimulatedTime
        var until: SimulatedTime
        var scope: Scope

        func isMeant(_ item: Selectors, of namespace: Namespace) -> Bool {
            switch scope {
            case .items(let texts): item.singles.contains { texts.contains($0.text) }
            case .namespace(let refused): refused == namespace
            case .kinds(let kinds): !item.kinds.isDisjoint(with: kinds)
            }
        }
    }

    struct FaultWindow {
        var from: SimulatedTime
        var until: SimulatedTime
        var trouble: Trouble
    }
}

/// What can be wrong with an edge.
enum Trouble: String, CaseIterable {
    /// Connections are refused.
    case down
    /// It never answers, and does nothing.
    case silent
    /// It purges, and its answer is lost.
    case losesAnswers
    /// One or the other, now and then.
    case flaky
    case throttling
    case quota
    /// It refuses everything, as with wrong credentials.
    case refusing
    /// It takes seconds.
    case slow
    /// Of the calls of a batch, some take seconds and some fail.
    case uneven
}
