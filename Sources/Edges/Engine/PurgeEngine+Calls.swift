internal import HTTP
internal import Invalidations

// Sending a batch's calls: in a pipeline of the edge, or each on a connection of its own.
extension PurgeEngine {
    /// Names a call to the client that makes it.
    struct CallToken {
        let slot: Int
        let index: Int
        let isPipelined: Bool

        /// A bit that tokens of checks have not, either.
        private static let mark: UInt64 = 1 << 62

        init(slot: Int, index: Int, isPipelined: Bool) {
            (self.slot, self.index, self.isPipelined) = (slot, index, isPipelined)
        }

        init(_ value: UInt64) {
            isPipelined = value & Self.mark != 0
            (slot, index) = (Int((value & ~Self.mark) >> 32), Int(value & 0xFFFF_FFFF))
        }

        var value: UInt64 { (isPipelined ? Self.mark : 0) | UInt64(slot) << 32 | UInt64(index) }

        /// What the call uses of its edge's capacity.
        func cost(_ depth: Int) -> Int { isPipelined ? 1 : depth }
    }

    /// - Parameter timeout: what is left of the batch's time, if that is less than a call has.
    func send(_ call: EdgeCall, to edge: Int, slot: Int, index: Int, timeout: Duration) {
        let pipeline = lines[edge].pipeline(for: call)
        let token = CallToken(slot: slot, index: index, isPipelined: pipeline != nil)
        lines[edge].used += token.cost(lines[edge].depth)
        let request = lines[edge].request(call, timeout: min(timeout, lines[edge].edge.timeout))
        if let pipeline {
            pipeline.send(request, token: token.value)
        } else {
            client.send(request, token: token.value)
        }
    }
}
