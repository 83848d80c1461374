// Runs one mutant of the core in simulated worlds until a checker finds it.
//
// `.ci/mutants.py` applies the tables to a copy of the sources and writes the switch `Mutant` beside them; this is
// built there. A process runs one mutant, because an assertion that finds it ends the process.
import Foundation
import Invalidations
import Simulation

/// Not `print`: what it buffers is lost when an assertion ends the process.
func tell(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

let arguments = CommandLine.arguments
guard arguments.count == 3, let seedsMax = UInt64(arguments[2]), let mutant = Mutant(named: arguments[1]) else {
    preconditionFailure("usage: Mutants NAME SEEDS")
}
Mutant.active = mutant
for seed in 1...max(1, seedsMax) {
    tell("seed \(seed)")
    if let violation = Simulation.run(seed: seed).violation {
        tell("found \(violation.checker): \(violation.text)")
        break
    }
}
