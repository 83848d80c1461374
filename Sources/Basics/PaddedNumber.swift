/// Numbers with zeros in front, as times of day are written.
public enum PaddedNumber {
    public static func text(_ number: Int64, width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
