/// Completion for zsh, with the help of each command and option beside it.
struct ZshCompletion {
    let program: String
    let contexts: [CompletionContext]

    // `path` would be the shell's own variable, so the way through the commands is called `place`.
    var text: String {
        let function = "_\(program.functionName)"
        return """
            #compdef \(program)
            # Completion of \(program) for zsh. Load it with: source <(\(program) completion zsh)
            \(function)() {
                local place= word current=$PREFIX previous=$words[CURRENT-1]
                local -a candidates options
                integer index=2
                while ((index < CURRENT)); do
                    word=$words[index]
                    case $word in
                    (\(valued)) ((index++)) ;;
                    esac
                    case $place/$word in
                    (\(contexts.paths.joined(separator: "|"))) place=$place/$word ;;
                    esac
                    ((index++))
                done
                case $previous in
            \(values)
                esac
                case $place in
            \(contexts.map(candidates).joined(separator: "\n"))
                esac
                if [[ $current == -* ]]; then
                    _describe -o option options
                elif (($#candidates)); then
                    _describe word candidates
                fi
            }
            if [[ $funcstack[1] == \(function) ]]; then
                \(function) "$@"
            elif (($+functions[compdef])); then
                compdef \(function) \(program)
            else
                print -u2 '\(program): load compinit first: autoload -Uz compinit && compinit'
            fi

            """
    }

    private var valued: String { contexts.valuedOptions.flatMap(\.spellings).joined(separator: "|") }

    private var values: String {
        contexts.valuedOptions.map { option in
            let reply =
                if option.acceptsFile {
                    "_files; "
                } else if option.choices.isEmpty {
                    ""
                } else {
                    "candidates=(\(option.choices.joined(separator: " "))); _describe value candidates; "
                }
            return "    (\(option.spellings.joined(separator: "|"))) \(reply)return ;;"
        }.joined(separator: "\n")
    }

    private func candidates(_ context: CompletionContext) -> String {
        let options = context.options.map { entry("--\($0.name)", $0.help) }.joined(separator: " ")
        let words = context.words.map { entry($0.name, $0.help) }.joined(separator: " ")
        let pattern = context.path.isEmpty ? "''" : context.path
        return "    (\(pattern)) options=(\(options)) candidates=(\(words)) ;;"
    }

    /// `name:help`, whose colons are escaped.
    private func entry(_ name: String, _ help: String) -> String {
        let parts = [name, help].map {
            $0.split(separator: ":", omittingEmptySubsequences: false).joined(separator: "\\:")
        }
        return parts.joined(separator: ":").shellQuoted
    }
}
