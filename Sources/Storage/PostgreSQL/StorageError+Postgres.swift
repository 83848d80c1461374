// What PostgreSQL's states mean: https://www.postgresql.org/docs/15/errcodes-appendix.html
extension StorageError {
    /// - Parameter state: the SQLSTATE; nil for an error that is not the server's, such as a lost connection.
    init(state: String?, _ text: String) {
        // libpq's texts end with a line break.
        let text = String(text.reversed().drop { $0.isWhitespace }.reversed())
        guard let state else {
            self = .inputOutput(text)
            return
        }
        self =
            switch state {
            // Serialization, deadlock; a lock not to be had; a statement that took too long.
            case "40001", "40P01", "55P03", "57014": .busy(text)
            case "53100", "53400": .full(text)
            case "25006": .readOnly(text)
            case "XX001", "XX002": .corrupt(text)
            // The server ends the connection, or is being started or stopped.
            case "57P01", "57P02", "57P03", "57P05", "25P03", "58000", "58030", "58P01", "58P02": .inputOutput(text)
            // No such database, no such role, a wrong password.
            case "3D000", "28000", "28P01": .cannotOpen(text)
            default:
                switch state.prefix(2) {
                case "08": .inputOutput(text)
                case "23": .constraint(text)
                // Too many connections, no memory: worth another try.
                case "53": .busy(text)
                default: .other(code: state, text)
                }
            }
    }
}
