import Glibc

/// Shows how far long work has come: one line that changes in place on a terminal, now and then a line of its own
/// elsewhere.
public struct ProgressLine: ~Copyable {
    public enum Style: Sendable {
        case live, lines
    }

    private let descriptor: Int32
    private let style: Style
    private let interval: Duration
    private let width: Int
    private var shownAt: ContinuousClock.Instant?
    private var shown = ""

    /// - Parameters:
    ///   - style: by default live on a terminal, lines elsewhere.
    ///   - interval: shortest time between two updates; by default 0.1 s live, 5 s for lines.
    public init(descriptor: Int32 = 2, style: Style? = nil, interval: Duration? = nil) {
        let style = style ?? (Terminal.isTerminal(descriptor) ? .live : .lines)
        self.descriptor = descriptor
        self.style = style
        self.interval = interval ?? (style == .live ? .milliseconds(100) : .seconds(5))
        width = Terminal.width(descriptor)
    }

    /// Shows `text`, a single line, unless the last update was a moment ago.
    public mutating func update(_ text: @autoclosure () -> String, now: ContinuousClock.Instant = .now) {
        if let shownAt, now - shownAt < interval { return }
        show(text())
        shownAt = now
    }

    /// Shows the last word and ends the line. Later updates begin a new one.
    public mutating func finish(_ text: String) {
        show(text)
        if style == .live { put("\n") }
        (shown, shownAt) = ("", nil)
    }

    /// Removes a live line, so that other output can follow. Lines elsewhere stay, and come no more often.
    public mutating func clear() {
        guard style == .live else { return }
        if !shown.isEmpty { put("\r\u{1B}[K") }
        (shown, shownAt) = ("", nil)
    }

    private mutating func show(_ text: String) {
        var line = String(text.unicodeScalars.map { $0.isUnprintable ? " " : Character($0) })
        // A line that wraps could not be replaced.
        if style == .live && line.count >= width { line = line.prefix(width - 2) + "…" }
        if line == shown { return }
        shown = line
        put(style == .live ? "\r\(line)\u{1B}[K" : "\(line)\n")
    }

    /// Progress is worth no error: what can't be written is left out.
    private func put(_ text: String) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count > 0 {
                written += count
            } else if count == 0 || errno != EINTR {
                return
            }
        }
    }
}
