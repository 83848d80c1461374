/// Everything that watches a run.
enum AllCheckers {
    static func make(_ scenario: Scenario) -> [any Checker] {
        [
            EvidenceChecker(), CommitChecker(scenario), RereadChecker(), OrderChecker(), StrictOrderChecker(scenario),
            RetryChecker(scenario), DeadLetterChecker(), ExpiryChecker(), LayerChecker(), BoundsChecker(),
            LimitsChecker(scenario),
            ShareChecker(scenario), ThrottleChecker(), BacklogChecker(scenario), RefusalChecker(), FanOutChecker(),
            CancellationChecker(), RepeatChecker(), ReplayChecker(), RunChecker(), StaleCommitChecker(),
            ScheduleChecker(scenario), EndChecker(),
        ]
    }
}
