import Foundation
import Runtime
import TestSupport
import Testing

// Tests of shell completion.

private let program = Command(
    "tool", summary: "Do things",
    options: [CommandOption("config", short: "c", value: "FILE", help: "Configuration file"), CommandOption.version],
    commands: [
        Command(
            "publish", summary: "Publish what's stale: now",
            options: [
                CommandOption("priority", value: "NAME", choices: ["high", "normal", "low"], help: "How urgent"),
                CommandOption("tag", short: "t", value: "TAG", isRepeated: true, help: "A tag"),
                CommandOption("wait", short: "w", help: "Wait"),
            ]),
        Command(
            "topics", summary: "Topics", commands: [Command("apply", summary: "A"), Command("check", summary: "C")]),
        Command(
            "shell", summary: "S", positionals: [CommandPositional("SHELL", choices: ["bash", "zsh"], help: "It")]),
        Command.help,
    ])

/// What each real shell makes of the scripts.
struct CompletionTests {
    /// The words before the last are complete, the last is being typed.
    static let cases: [(words: [String], candidates: Set<String>)] = [
        (["tool", ""], ["publish", "topics", "shell", "help"]),
        (["tool", "p"], ["publish"]),
        (["tool", "-c", "topics", "pu"], ["publish"]),
        (["tool", "topics", ""], ["apply", "check"]),
        (["tool", "--config", "publish", "topics", "a"], ["apply"]),
        (["tool", "publish", "--p"], ["--priority"]),
        (["tool", "publish", "-t", "topics", "--w"], ["--wait"]),
        (["tool", "publish", "--priority", ""], ["high", "normal", "low"]),
        (["tool", "publish", "--priority", "n"], ["normal"]),
        (["tool", "publish", "--tag", ""], []),
        (["tool", "topics", "apply", "--v"], ["--version"]),
        (["tool", "topics", "--pri"], []),
        (["tool", "shell", ""], ["bash", "zsh"]),
        (["tool", "help", "t"], ["topics"]),
        (["tool", "publish", "--config", "completion.b"], ["completion.bash"]),
    ]

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory("completion")
        for shell in CompletionScript.Shell.allCases {
            try directory.write("completion.\(shell.rawValue)", CompletionScript.text(for: program, shell))
        }
    }

    static func has(_ shell: String) -> Bool {
        (try? runCommand(["sh", "-c", "command -v \(shell)"]).exitCode) == 0
    }

    @Test(arguments: cases)
    func bashCompletes(_ words: [String], _ candidates: Set<String>) throws {
        let quoted = words.map { "'\($0)'" }.joined(separator: " ")
        try directory.write(
            "ask.bash",
            """
            cd \(directory.path) && source completion.bash
            COMP_WORDS=(\(quoted)) COMP_CWORD=\(words.count - 1)
            _tool; printf '%s\\n' "${COMPREPLY[@]}"
            """)
        #expect(try answer(["bash", "--norc", directory.file("ask.bash")]) == candidates)
    }

    /// bash takes `--name=value` apart.
    @Test func bashCompletesBehindAnEqualsSign() throws {
        try directory.write(
            "ask.bash",
            """
            source \(directory.file("completion.bash"))
            COMP_WORDS=(tool --config = x publish --priority = l) COMP_CWORD=7
            _tool; printf '%s\\n' "${COMPREPLY[@]}"
            """)
        #expect(try answer(["bash", "--norc", directory.file("ask.bash")]) == ["low"])
    }

    @Test(.enabled(if: has("fish"), "fish is not installed"), arguments: cases)
    func fishCompletes(_ words: [String], _ candidates: Set<String>) throws {
        let line = words.joined(separator: " ")
        let lines = try answer([
            "fish", "--no-config", "-c",
            "cd \(directory.path); source completion.fish; complete -C '\(line)'",
        ])
        #expect(Set(lines.map { String($0.split(separator: "\t")[0]) }) == candidates)
    }

    /// A shell of zsh's own, on a terminal of its own, tells what its completion system would show.
    @Test(.enabled(if: has("zsh"), "zsh is not installed"), arguments: cases)
    func zshCompletes(_ words: [String], _ candidates: Set<String>) throws {
        try directory.write("inner.zsh", Self.zshInner)
        try directory.write("ask.zsh", Self.zshOuter)
        let line = words.joined(separator: " ")
        #expect(try answer(["zsh", "-f", directory.file("ask.zsh"), directory.path, line]) == candidates)
    }

    private func answer(_ command: [String]) throws -> Set<String> {
        let result = try runCommand(command, environment: ["HOME": directory.path, "TERM": "dumb"])
        #expect(result.exitCode == 0, "\(result.output)")
        return Set(
            result.output.split(whereSeparator: \.isNewline).map(String.init).filter {
                !$0.allSatisfy(\.isWhitespace)
            })
    }

    /// Types the line and a tab into an inner shell, and prints what that writes between two zero bytes.
    private static let zshOuter = #"""
        zmodload zsh/zpty
        zpty inner "cd $1 && exec zsh -f -i"
        zpty -w inner 'source inner.zsh'
        while zpty -r inner answer; do [[ $answer == inner-is-ready* ]] && break; done
        zpty -w -n inner "$2"$'\t'
        integer marks=0
        while zpty -r inner; do :; done | while IFS= read -r answer; do
            if [[ $answer == *$'\0\r' ]]; then
                ((marks++)) && exit 0
            elif ((marks)); then
                print -r -- ${answer%$'\r'}
            fi
        done
        """#

    /// Loads the script as a user does. `compadd`, which would show the matches, prints them.
    private static let zshInner = #"""
        PROMPT= RPROMPT=
        autoload -Uz compinit && compinit -u -D
        source completion.zsh
        bindkey '^I' complete-word
        mark() { print -r -- $'\0' }
        compprefuncs=(mark)
        comppostfuncs=(mark exit)
        zstyle ':completion:*' insert-tab false
        compadd() {
            if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
                builtin compadd "$@"
                return
            fi
            local -a hits
            builtin compadd -A hits "$@"
            (($#hits)) && print -rl -- $hits
        }
        print inner-is-ready
        """#
}
