import Daemon
import Glibc
import Testing

@Suite("The service manager hears where the daemon stands")
struct ServiceNotifierTests {
    private func notifier(_ variables: [String: String], processID: Int32 = 7) throws -> ServiceNotifier {
        try ServiceNotifier(variable: { variables[$0] }, processID: processID)
    }

    @Test("over a socket with a path")
    func path() throws {
        let manager = try DatagramReceiver("/tmp/bobbin-test-\(getpid())-notify")
        try notifier(["NOTIFY_SOCKET": manager.name]).ready(status: "2 jobs")
        #expect(try manager.next() == "READY=1\nSTATUS=2 jobs")
    }

    @Test("over an abstract socket")
    func abstract() throws {
        let manager = try DatagramReceiver(DatagramReceiver.freshName())
        try notifier(["NOTIFY_SOCKET": manager.name]).watchdog()
        #expect(try manager.next() == "WATCHDOG=1")
    }

    @Test("from start to stop, one datagram a message")
    func wholeLife() throws {
        let manager = try DatagramReceiver(DatagramReceiver.freshName())
        let notifier = try notifier(["NOTIFY_SOCKET": manager.name])
        try notifier.extendTimeout(by: .milliseconds(1500))
        try notifier.ready(status: "ready")
        try notifier.status("1 job")
        try notifier.stopping(status: "3 requests in flight")
        #expect(try manager.next() == "EXTEND_TIMEOUT_USEC=1500000")
        #expect(try manager.next() == "READY=1\nSTATUS=ready")
        #expect(try manager.next() == "STATUS=1 job")
        #expect(try manager.next() == "STOPPING=1\nSTATUS=3 requests in flight")
    }

    @Test("a reload carries the monotonic time, which systemd insists on")
    func reload() throws {
        let manager = try DatagramReceiver(DatagramReceiver.freshName())
        let before = monotonicMicroseconds()
        try notifier(["NOTIFY_SOCKET": manager.name]).reloading()
        let lines = try manager.next().split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let time = try #require(lines.last.flatMap { Int($0.dropFirst("MONOTONIC_USEC=".count)) })
        #expect(time >= before && time <= monotonicMicroseconds())
    }

    @Test("a status cannot smuggle in an assignment")
    func smuggling() throws {
        let manager = try DatagramReceiver(DatagramReceiver.freshName())
        try notifier(["NOTIFY_SOCKET": manager.name]).status("a\nMAINPID=1")
        #expect(try manager.next() == "STATUS=a\\nMAINPID=1")
    }

    @Test("without a service manager nothing is sent and nothing fails", arguments: [[:], ["NOTIFY_SOCKET": ""]])
    func none(variables: [String: String]) throws {
        let notifier = try notifier(variables)
        try notifier.ready(status: "ready")
        #expect(notifier.watchdogInterval == nil)
    }

    @Test("what is no socket name is refused at once", arguments: ["run/notify", "@", "vsock:2:1234"])
    func badAddress(name: String) {
        #expect(throws: ServiceNotifierError.badAddress(name)) { try notifier(["NOTIFY_SOCKET": name]) }
    }

    @Test("a manager that is gone is an error that names the socket")
    func gone() throws {
        let notifier = try notifier(["NOTIFY_SOCKET": "/tmp/bobbin-test-no-such-socket"])
        let error = #expect(throws: ServiceNotifierError.self) { try notifier.ready(status: "ready") }
        #expect(error?.description.contains("/tmp/bobbin-test-no-such-socket") == true)
        #expect(error?.description.contains("No such file") == true)
    }

    @Test(
        "the watchdog is ours if its process is, or none is named",
        arguments: [
            (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"], Duration.seconds(30)),
            (["WATCHDOG_USEC": "30000000"], .seconds(30)),
            (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"], nil),
            (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "x"], nil),
            (["WATCHDOG_USEC": "0"], nil), (["WATCHDOG_USEC": "-1"], nil), (["WATCHDOG_USEC": "soon"], nil), ([:], nil),
        ] as [([String: String], Duration?)])
    func watchdog(variables: [String: String], interval: Duration?) throws {
        #expect(try notifier(variables).watchdogInterval == interval)
    }

    private func monotonicMicroseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }
}
