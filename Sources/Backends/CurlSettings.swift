/// What all transfers of one backend have in common.
struct CurlSettings: Sendable {
    let certificateFile: String?
    let idleSecondsMax: Int
    let connectionsAtOnceMax: Int
    let wallClock: @Sendable () -> Int64
}
