/// The version of this build, as `--version` and the User-Agent say it.
public enum ProgramVersion {
    public static let text = "0.1.0"
}
