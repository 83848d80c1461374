internal import Invalidations

/// What it means when an edge answers in words that are not known.
enum UnclearAnswers {
    /// A call for one page or tag may go out again once the edge is set right. One for many pages may have taken more
    /// than it says, and would each time: it ends here.
    static func outcome(_ message: String, status: Int?, to call: EdgeCall) -> CallOutcome {
        guard !call.kinds.isDisjoint(with: [.prefixes, .everything]) else { return .target(message, status: status) }
        return .item(
            "\(message); what it did to \(call.kinds.names) is not known, so it is not sent again", status: status)
    }
}
