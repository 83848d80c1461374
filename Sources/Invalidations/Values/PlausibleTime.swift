/// Which times a publisher may say: one from the far future would never expire and stand above all others for ever,
/// one from the distant past would expire at once.
public enum PlausibleTime {
    /// The time that an event of another system gives, or the arrival where that time is not plausible. Such an event
    /// is not refused: nobody who reads the refusal could change it.
    public static func clamped(_ time: Timestamp, at arrival: Timestamp) -> Timestamp {
        // A request from the future would ask for purges that start later than the clocks of workers tell.
        isPlausible(time, at: arrival) ? min(time, arrival) : arrival
    }

    /// - Parameters:
    ///   - time: what the publisher says.
    ///   - arrival: when the request arrived, by a clock that is not its publisher's mistake.
    static func isPlausible(_ time: Timestamp, at arrival: Timestamp) -> Bool {
        refusal(of: time, "", at: arrival) == nil
    }

    /// - Returns: why not; nil for a plausible time.
    static func refusal(of time: Timestamp, _ field: String, at arrival: Timestamp) -> InvalidationError? {
        if time > arrival + Limits.futureMax {
            return InvalidationError(
                .invalidField(field),
                "\(field) \(time) lies more than an hour after the request came (\(arrival)): check the publisher's "
                    + "clock, or leave \(field) out")
        }
        if time + Limits.pastMax < arrival {
            return InvalidationError(
                .invalidField(field),
                "\(field) \(time) lies more than seven days before the request came (\(arrival)), so that it would "
                    + "expire at once: check the publisher's clock, or leave \(field) out")
        }
        return nil
    }
}
