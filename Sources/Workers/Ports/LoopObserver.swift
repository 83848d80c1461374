package import Invalidations

/// Sees the events and actions of a loop as they pass: the simulator's checkers do.
package protocol LoopObserver: AnyObject {
    func willHandle(_ event: WorkerEvent)
    /// - Parameter actions: so many follow from the event.
    func hasHandled(_ event: WorkerEvent, actions: Int)
    func willCarryOut(_ action: WorkerAction)
}
