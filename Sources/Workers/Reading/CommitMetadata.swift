/// What a worker writes beside a committed offset: the completed-offset set, and how to recognize the log it speaks of.
///
/// The text is `t`, the three numbers of `LogMark` to the base 36, each with a dot behind it, and the set; the set
/// alone where brokers keep no append times. Workers before this form read it as no set, and only do more again.
package struct CommitMetadata: Hashable, Sendable {
    private static let markPrefix: Character = "t"
    private static let radix = 36

    /// Nil where nobody knows.
    package var mark: LogMark?
    package var completed: String

    package init(mark: LogMark? = nil, completed: String) {
        self.mark = mark
        self.completed = completed
    }

    /// What cannot be read holds nothing: then more is read again.
    package init(text: String) {
        guard text.first == Self.markPrefix else {
            self.init(completed: text)
            return
        }
        let fields = text.dropFirst().split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        let numbers = fields.prefix(3).compactMap { Int64($0, radix: Self.radix) }.filter { $0 >= 0 }
        guard fields.count == 4, numbers.count == 3 else {
            self.init(completed: "")
            return
        }
        let anchor = LogMark.Anchor(offset: numbers[2], time: numbers[1])
        self.init(mark: LogMark(newest: numbers[0], anchor: anchor), completed: String(fields[3]))
    }

    package var text: String {
        guard let mark else { return completed }
        let numbers = [mark.newest, mark.anchor.time, mark.anchor.offset]
        return String(Self.markPrefix) + numbers.map { String($0, radix: Self.radix) + "." }.joined() + completed
    }
}

/// How to recognize a log by times: brokers stamp records as they append them, so that what comes later is newer.
package struct LogMark: Hashable, Sendable {
    /// All records below `offset` are at most as new as `time`.
    package struct Anchor: Hashable, Sendable {
        package var offset: Int64
        package var time: Int64

        package init(offset: Int64, time: Int64) {
            self.offset = offset
            self.time = time
        }
    }

    /// When a broker stored the newest record that was read, by this owner or one before, in milliseconds since 1970.
    package var newest: Int64
    /// An earlier moment, at which the log was looked at and found to be the same. `newest` alone would not do: reading
    /// on in another log makes it as new as that.
    package var anchor: Anchor

    package init(newest: Int64, anchor: Anchor) {
        self.newest = newest
        self.anchor = anchor
    }

    /// The same with what finished records tell: they were read, so that all before them are at most as new as the
    /// newest.
    ///
    /// - Parameter end: behind the last of them; nil for none.
    package func anchored(behind end: Int64?) -> LogMark {
        guard let end, end > anchor.offset else { return self }
        return LogMark(newest: newest, anchor: Anchor(offset: end, time: newest))
    }

    /// The same for a log that ends there: what the anchor stands for behind it is gone, and what comes there is new.
    package func within(_ end: Int64) -> LogMark {
        LogMark(newest: newest, anchor: Anchor(offset: min(anchor.offset, end), time: anchor.time))
    }
}
