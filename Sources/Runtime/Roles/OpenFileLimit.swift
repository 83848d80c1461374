import Glibc

/// How many files and connections this process may have open.
public enum OpenFileLimit {
    /// 4,096 connections to edges, 2,048 and 10,000 live streams of a gateway, connections to brokers, and files.
    public static let wanted: UInt64 = 18_432

    /// Raises the soft limit, which is 1,024 in most places, to the hard one, and says when that does not suffice.
    ///
    /// - Returns: the limit in force.
    @discardableResult
    public static func raise(_ log: Log, wanted: UInt64 = wanted) -> UInt64 {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            log.warning("the limit of open files is unknown", ["error": String(cString: strerror(errno))])
            return 0
        }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        let current = UInt64(limit.rlim_cur)
        if current < wanted {
            log.warning(
                "this process may open fewer files than its connections can need: raise the hard limit "
                    + "(LimitNOFILE= of systemd, --ulimit nofile= of Docker, ulimit -Hn)",
                ["limit": current, "wanted": wanted])
        }
        return current
    }
}
