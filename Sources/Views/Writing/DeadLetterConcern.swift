internal import Invalidations

/// Whether a change of a status may open or close dead letters.
///
/// Looking for them costs a search of an index. An ordinary request pays for one, when its row is new; redrives may
/// begin a row anew that was removed after its time.
enum DeadLetterConcern {
    static func isGiven(by record: StatusRecord, replacing old: StatusRecord?) -> Bool {
        guard let old, old.edges == record.edges else { return true }
        guard old.cells != record.cells || old.wholeFailure != record.wholeFailure else { return false }
        return isOrWasDead(old) || isOrWasDead(record)
    }

    private static func isOrWasDead(_ record: StatusRecord) -> Bool {
        record.wholeFailure != nil || record.cells.contains { $0.state == .dead || $0.generation > 0 }
    }
}
