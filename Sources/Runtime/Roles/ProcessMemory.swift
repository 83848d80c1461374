import CThreads

/// How the process deals with memory that it has freed.
public enum ProcessMemory {
    /// How often freed memory is given back while nothing happens to the roles.
    static let interval = Duration.seconds(30)

    /// Every thread would otherwise have an arena of its own, eight for each processor, none of which gives anything
    /// back as long as something at its end is in use.
    static func prepare() { cs_prepare_memory() }

    /// Gives what is free back to the system, so that a backlog that is over does not count for ever. Takes some
    /// milliseconds for each 100 MB.
    static func giveBack() { cs_give_memory_back() }
}
