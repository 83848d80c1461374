// Runs one mutant of a core in simulated worlds until a checker finds it.
//
// `.ci/mutants.py` applies the tables to a copy of the sources and writes the switch `Mutant` beside them; this is
// built there. A process runs one mutant, because an assertion that finds it ends the process.
import CacheSimulation
import Foundation
import Invalidations
import Simulation

/// Not `print`: what it buffers is lost when an assertion ends the process.
func tell(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// What the worlds of a seed find: the cache's first, because they are short.
func findViolation(seed: UInt64) -> (checker: String, text: String)? {
    if let found = CacheSimulation.run(seed: seed) { return (found.checker, found.text) }
    return Simulation.run(seed: seed).violation.map { ($0.checker, $0.text) }
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let firstSeed = UInt64(arguments[2]), let seedsMax = UInt64(arguments[3]),
    let mutant = Mutant(named: arguments[1])
else {
    preconditionFailure("usage: Mutants NAME FIRST-SEED SEEDS")
}
Mutant.active = mutant
for seed in firstSeed..<firstSeed + seedsMax {
    tell("seed \(seed)")
    guard let violation = findViolation(seed: seed) else { continue }
    // What is found without the mutant, too, says nothing about it.
    Mutant.active = .clean
    if mutant != .clean, let other = findViolation(seed: seed) {
        tell("seed \(seed) fails without a mutant, too: \(other.checker): \(other.text)")
        exit(1)
    }
    tell("found \(violation.checker): \(violation.text)")
    exit(0)
}
// Without this line the process did not come to its end.
tell("not found")
