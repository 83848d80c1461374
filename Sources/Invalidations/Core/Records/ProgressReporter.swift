/// Progress reporter: which open requests are reported on, and when.
///
/// A request is reported on for the first time when it takes long, and again at intervals while it has news.
/// It stands in one of two lists, in the order of due times, linked through the records themselves.
package struct ProgressReporter {
    private var unreported = RecordList(0)
    private var reported = RecordList(1)
    /// In nanoseconds, as all times here.
    private let firstReportAfter: Int64
    private let interval: Int64
    private var isTimerSet = false

    package init(firstReportAfter: Int64, interval: Int64) {
        self.firstReportAfter = firstReportAfter
        self.interval = interval
    }

    /// The request whose edges have been at work the longest, of those that were reported on.
    package var longestAtWork: Int? { reported.first == ListLinks.none ? nil : Int(reported.first) }

    /// The request's edges are at work from now on.
    ///
    /// - Returns: when to look for due reports; nil where a timer is set already.
    package mutating func watch(_ index: Int, now: Int64, in records: inout Pool<OpenRecord>) -> Int64? {
        unreported.append(index, due: now + firstReportAfter, in: &records)
        guard !isTimerSet else { return nil }
        isTimerSet = true
        return now + firstReportAfter
    }

    /// The request has ended, or waits on for its time. One that is not watched stays as it is.
    package mutating func unwatch(_ index: Int, in records: inout Pool<OpenRecord>) {
        switch records[index].links.list {
        case unreported.number: unreported.remove(index, from: &records)
        case reported.number: reported.remove(index, from: &records)
        default: break
        }
    }

    /// The next request whose report is due and has news; it is due again an interval later.
    package mutating func nextDue(now: Int64, in records: inout Pool<OpenRecord>) -> Int? {
        while let index = firstDue(now: now, in: records) {
            unwatch(index, in: &records)
            reported.append(index, due: now + interval, in: &records)
            if records[index].hasNews, !records[index].isInterimReportInFlight { return index }
        }
        return nil
    }

    /// The timer went off, and what is due was reported on as far as there was capacity.
    ///
    /// - Returns: when to look again; nil where nothing is watched.
    package mutating func nextLook(in records: borrowing Pool<OpenRecord>) -> Int64? {
        var due: Int64?
        for first in [unreported.first, reported.first] where first != ListLinks.none {
            due = min(due ?? .max, records[Int(first)].links.due)
        }
        isTimerSet = due != nil
        return due
    }

    private func firstDue(now: Int64, in records: borrowing Pool<OpenRecord>) -> Int? {
        for first in [unreported.first, reported.first]
        where first != ListLinks.none && records[Int(first)].links.due <= now { return Int(first) }
        return nil
    }
}
