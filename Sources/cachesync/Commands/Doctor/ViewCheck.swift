import Foundation
import Invalidations
import Runtime
import Storage
import Views

/// Checks the status view: access, tables, space, and whether it is up to date.
struct ViewCheck {
    private static let subject = "view"
    /// A projector has caught up a second ago, or is at work.
    private static let lateAfter: Int64 = 60_000
    private static let freeBytesMin: Int64 = 256 << 20

    let settings: Settings

    func findings() -> [Finding] {
        do {
            _ = try settings.viewRetention()
            guard try settings.hasBrokers else {
                return [.ok(Self.subject, "`cachesync up` keeps a temporary one beside its own broker")]
            }
            switch try settings.view() {
            case .file(let path): return [try state(of: path), freeSpace(beside: path)]
            case let server: return [try contents(of: server)]
            }
        } catch {
            return [.fail(Self.subject, "\(error)")]
        }
    }

    private func state(of path: String) throws -> Finding {
        let folder = Self.folder(of: path)
        guard FileManager.default.fileExists(atPath: folder) else {
            return .fail(Self.subject, "there is no folder \(folder) for \(path): make it, or set view.path")
        }
        guard access(folder, W_OK) == 0 else {
            return .fail(Self.subject, "\(folder): \(reason()); a projector keeps three files there")
        }
        guard FileManager.default.fileExists(atPath: path) else {
            return .remark(Self.subject, "there is no \(path) yet; `cachesync projector` makes it")
        }
        guard access(path, R_OK | W_OK) == 0 else { return .fail(Self.subject, "\(path): \(reason())") }
        return try contents(of: .file(path))
    }

    private func contents(of view: ViewLocation) throws -> Finding {
        let kept = "; ended requests are kept for \(try settings.sources.string("view.retention"))"
        let reader = ViewReader(view)
        let counts = try reader.counts()
        let total = counts.values.reduce(0, +)
        let ends = try reader.watermarks().map(\.caughtUpAt)
        guard let oldest = ends.map({ $0?.milliseconds ?? 0 }).min(), oldest > 0 else {
            return .remark(
                Self.subject, "\(view) holds \(total) requests and has never caught up: is a projector running?")
        }
        let age = Timestamp.now().milliseconds - oldest
        let message = "\(view) holds \(total) requests, as of \(Timestamp(milliseconds: oldest).text)"
        guard age <= Self.lateAfter else {
            return .fail(Self.subject, "\(message), \(age / 1_000) s ago: is `cachesync projector` running?")
        }
        return .ok(Self.subject, message + kept)
    }

    private func freeSpace(beside path: String) -> Finding {
        let subject = "disk"
        let folder = Self.folder(of: path)
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return .fail(subject, "\(folder): \(reason())") }
        let free = Int64(clamping: status.f_bavail).multipliedReportingOverflow(by: Int64(clamping: status.f_frsize))
        let bytes = free.overflow ? Int64.max : free.partialValue
        let message = "\(bytes >> 20) MiB are free at \(folder)"
        return bytes < Self.freeBytesMin
            ? .fail(subject, "\(message): a view that can't grow stops, and with it every status")
            : .ok(subject, message)
    }

    private static func folder(of path: String) -> String {
        let folder = (path as NSString).deletingLastPathComponent
        return folder.isEmpty ? "." : folder
    }

    private func reason() -> String { String(cString: strerror(errno)) }
}
