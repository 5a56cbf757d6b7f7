/// Who is told when a person must act.
package struct NotifyPolicy: Equatable, Sendable {
    /// A program and its arguments, run once for each event; `{event}` in an argument stands for the event's name, and
    /// the event comes as JSON on standard input. nil: events are in the journal only.
    package var exec: [String]?

    package init(exec: [String]? = nil) {
        self.exec = exec
    }
}
