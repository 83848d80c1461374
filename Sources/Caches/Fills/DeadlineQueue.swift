internal import Invalidations

/// Questions that wait for a slow source, each of use until its deadline.
///
/// Where the source is slower than what it is asked, the oldest ones are late whatever is done, and each question about
/// them makes later ones late, too. So they are dropped, and the newest go first: those have the most time left.
package struct DeadlineQueue<Element> {
    private var waiting = RingBuffer<(element: Element, deadline: CacheTime)>()

    package init() {}

    package var isEmpty: Bool { waiting.isEmpty }
    package var count: Int { waiting.count }

    package mutating func append(_ element: Element, before deadline: CacheTime) {
        waiting.append((element, deadline))
    }

    /// Removes those whose deadline has passed, as far as none stands before them that still has time.
    package mutating func removeExpired(_ now: CacheTime) -> [Element] {
        var expired: [Element] = []
        while let first = waiting.first, first.deadline <= now, let next = waiting.popFirst() {
            expired.append(next.element)
        }
        return expired
    }

    /// Removes those that came last.
    package mutating func removeNewest(max: Int) -> [Element] {
        var newest: [Element] = []
        while newest.count < max, let last = waiting.popLast() { newest.append(last.element) }
        return newest
    }
}

extension DeadlineQueue: Sendable where Element: Sendable {}
