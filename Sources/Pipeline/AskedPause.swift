import BatchCore

/// A server that wants no request for a while: `bobbin status` says so where that is long, since nothing else does.
extension Round {
    private static var shortest: Duration { .seconds(10) }
    private var services: Services { shard.run.services }

    func close(for pause: Duration) {
        let end = pause < Self.shortest ? nil : services.now() + pause
        services.traffic.close(model.endpoint, for: pause, until: end)
    }

    /// Not while the answer that asked for it is not booked: a full disk would have it charged as unknown.
    func sayPause() throws {
        guard let end = services.traffic.pauseEnd(of: model.endpoint, at: services.now()) else { return }
        try shard.run.progress.wait(
            for: "endpoint \(model.endpoint), which wants no request until \(end) (429, Retry-After)",
            end - services.now())
    }
}
