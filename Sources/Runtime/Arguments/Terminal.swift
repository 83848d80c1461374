import Glibc

/// What is known about the other end of a descriptor.
public enum Terminal {
    public static func isTerminal(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1
    }

    /// Columns of the terminal, or of `COLUMNS`, or 80.
    public static func width(_ descriptor: Int32 = 1) -> Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 { return Int(size.ws_col) }
        if let text = getenv("COLUMNS"), let columns = Int(String(cString: text)), columns > 0 { return columns }
        return 80
    }

    /// Columns for help texts: lines that are too long read badly.
    public static var helpWidth: Int { min(max(width(), 80), 100) }
}
