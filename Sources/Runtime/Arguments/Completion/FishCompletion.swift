/// Completion for fish: one rule for each command and option, each with the place where it counts.
struct FishCompletion {
    let program: String
    let contexts: [CompletionContext]

    var text: String {
        let function = "__\(program.functionName)_place"
        return """
            # Completion of \(program) for fish. Load it with: \(program) completion fish | source
            function \(function)
                set -l place ''
                set -l skips 0
                for word in (commandline -opc)[2..]
                    if test $skips = 1
                        set skips 0
                        continue
                    end
                    switch $word
                        case \(valued)
                            set skips 1
                    end
                    switch $place/$word
                        case \(contexts.paths.joined(separator: " "))
                            set place $place/$word
                    end
                end
                echo $place
            end
            complete -c \(program) -f
            \(contexts.flatMap { rules($0, function) }.joined(separator: "\n"))

            """
    }

    private var valued: String { contexts.valuedOptions.flatMap(\.spellings).joined(separator: " ") }

    private func rules(_ context: CompletionContext, _ function: String) -> [String] {
        let here = "complete -c \(program) -n 'test \"$(\(function))\" = \"\(context.path)\"'"
        let words = context.words.map { "\(here) -a \($0.name) -d \(Self.quoted($0.help))" }
        let options = context.options.map { option in
            var rule = "\(here) -l \(option.name)"
            if let short = option.short { rule += " -s \(short)" }
            if option.acceptsFile {
                rule += " -r -F"
            } else if option.value != nil {
                rule += option.choices.isEmpty ? " -x" : " -x -a \(Self.quoted(option.choices.joined(separator: " ")))"
            }
            return rule + " -d \(Self.quoted(option.help))"
        }
        return words + options
    }

    /// In single quotes, as fish reads it.
    private static func quoted(_ text: String) -> String {
        "'" + text.reduce(into: "") { $0 += $1 == "'" || $1 == "\\" ? "\\\($1)" : "\($1)" } + "'"
    }
}
