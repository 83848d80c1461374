import Foundation
import Runtime

// The whole program: read the command line, run the command, end with its exit code.
exit(Program.run(Array(CommandLine.arguments.dropFirst())).rawValue)
