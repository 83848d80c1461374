import Invalidations
import Simulation
import Testing

/// A checker that finds nothing proves nothing: so each of these mistakes is made on purpose, and must be found.
struct PlantedFaultTests {
    private static let seedsMax: UInt64 = 1_000

    @Test(.timeLimit(.minutes(5)), arguments: PlantedFault.allCases)
    func aMistakeIsFound(_ fault: PlantedFault) {
        for seed in 1...Self.seedsMax {
            guard let violation = Simulation.run(seed: seed, fault: fault).violation else { continue }
            print(
                "planted fault | \(fault.rawValue.padded(24)) | \(violation.checker.padded(14)) | \(seed) seeds | \(violation.text)"
            )
            return
        }
        Issue.record("\(fault.rawValue) was not found in \(Self.seedsMax) seeds")
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
