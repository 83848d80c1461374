internal import Foundation

/// Ranks whose popularity falls with their power.
package struct ZipfRanks: Sendable {
    private var sums: [Double] = []

    package init(count: Int, exponent: Double) {
        var sum = 0.0
        sums.reserveCapacity(count)
        for rank in 1...count {
            sum += pow(Double(rank), -exponent)
            sums.append(sum)
        }
    }

    package func next(_ random: inout some RandomNumberGenerator) -> Int {
        let point = Double(random.next() >> 11) * 0x1p-53 * (sums.last ?? 0)
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] < point { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
