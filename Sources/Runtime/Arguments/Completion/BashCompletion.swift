/// Completion for bash, without the package bash-completion: a walk along the words, then a list of what may follow.
struct BashCompletion {
    let program: String
    let contexts: [CompletionContext]

    var text: String {
        let function = "_\(program.functionName)"
        return """
            # Completion of \(program) for bash. Load it with: source <(\(program) completion bash)
            \(function)() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
                local place= word index=1 options= words=
                # bash takes --name=value apart into three words.
                if [[ $current == = ]]; then current=
                elif [[ $previous == = ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi
                while ((index < COMP_CWORD)); do
                    word=${COMP_WORDS[index]}
                    case $word in
                    \(valued)) [[ ${COMP_WORDS[index+1]} == = ]] && ((index++)); ((index++)) ;;
                    esac
                    case $place/$word in
                    \(contexts.paths.joined(separator: "|"))) place=$place/$word ;;
                    esac
                    ((index++))
                done
                COMPREPLY=()
                case $previous in
            \(values)
                esac
                case $place in
            \(contexts.map(candidates).joined(separator: "\n"))
                esac
                [[ $current == -* ]] && words=$options
                COMPREPLY=($(compgen -W "$words" -- "$current"))
            }
            complete -F \(function) \(program)

            """
    }

    private var valued: String { contexts.valuedOptions.flatMap(\.spellings).joined(separator: "|") }

    /// What an option before the current word asks for.
    private var values: String {
        contexts.valuedOptions.map { option in
            let reply =
                if option.acceptsFile {
                    "COMPREPLY=($(compgen -f -- \"$current\")); "
                } else if option.choices.isEmpty {
                    ""
                } else {
                    "COMPREPLY=($(compgen -W \(option.choices.joined(separator: " ").shellQuoted) -- \"$current\")); "
                }
            return "    \(option.spellings.joined(separator: "|"))) \(reply)return ;;"
        }.joined(separator: "\n")
    }

    private func candidates(_ context: CompletionContext) -> String {
        let options = context.options.map { "--\($0.name)" }.joined(separator: " ")
        let words = context.words.map(\.name).joined(separator: " ")
        let path = context.path.isEmpty ? "''" : context.path
        return "    \(path)) options=\(options.shellQuoted) words=\(words.shellQuoted) ;;"
    }
}
