import CacheWrites
import Storage
import Testing

/// Tests of what follows from the database's errors.
struct FlushFailureTests {
    @Test(arguments: [
        // Away, busy, full, or only for reading.
        (StorageError.inputOutput(""), FlushFailure.waits), (.busy(""), .waits), (.full(""), .waits),
        (.readOnly(""), .waits), (.cannotOpen(""), .waits), (.locked(""), .waits),
        (.corrupt(""), .stops), (.newerSchema(""), .stops), (.constraint(""), .poison),
    ])
    func anErrorOfAnyDatabase(error: StorageError, wanted: FlushFailure) {
        #expect(FlushFailure(error) == wanted)
    }

    @Test(arguments: [
        // Connection, rollback, resources, intervention, system, transaction state.
        ("08006", FlushFailure.waits), ("40003", .waits), ("53200", .waits), ("57000", .waits), ("58000", .waits),
        ("25P02", .waits), ("25P03", .waits), ("55006", .waits),
        // Data, constraints, what triggers and functions raise, limits of one row.
        ("22001", .poison), ("22P02", .poison), ("22021", .poison), ("23514", .poison), ("23505", .poison),
        ("27000", .poison), ("44000", .poison), ("21000", .poison), ("P0001", .poison), ("38000", .poison),
        ("39000", .poison), ("54000", .poison),
        // Missing tables, columns and rights, and what nobody knows.
        ("42P01", .stops), ("42703", .stops), ("42501", .stops), ("3F000", .stops), ("0A000", .stops),
        ("XX000", .stops), ("F0000", .stops), ("99999", .stops), ("", .stops), ("4", .stops),
    ])
    func aState(state: String, wanted: FlushFailure) {
        #expect(FlushFailure(.other(code: state, "")) == wanted)
    }
}
