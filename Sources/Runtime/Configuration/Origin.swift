/// Where a setting's value came from, as an operator would say it.
public indirect enum Origin: Sendable, Equatable, CustomStringConvertible {
    case flag(String)
    case environment(String)
    case file(path: String, line: Int)
    /// The first names the second, which holds the value: `{env: NAME}` or `{file: path}`.
    case reference(from: Origin, to: String)
    case `default`

    public var description: String {
        switch self {
        case .flag(let name): "flag --\(name)"
        case .environment(let name): "environment \(name)"
        case .file(let path, let line): line > 0 ? "\(path):\(line)" : path
        case .reference(let from, let to): "\(from), from \(to)"
        case .default: "default"
        }
    }
}
