import BatchCore
import Ledgers
import Pipeline
import Spooling
import TestSupport
import Testing

@Suite("What is out with a provider is looked after, whatever holds back its job", .timeLimit(.minutes(6)))
struct BatchOutTests {
    private let house: TestHouse
    private let lines = (1...4).map { line("p\($0)") }
    private let isDone = Flag()
    private let provider: StubProvider

    /// Of the first two batches `p9` expires; those of `q` never end, the others when it is said.
    init() throws {
        house = try TestHouse()
        provider = StubProvider(end: { [isDone] batch, lines in
            guard isDone.isRaised, lines.first?.prompt.hasPrefix("q") == false else { return batch.looks = 1 }
            let isYoung = ["batch_1", "batch_2"].contains(batch.id)
            batch.status = isYoung ? "expired" : "completed"
            batch.output = lines.filter { $0.prompt != "p9" || !isYoung }.map(\.good).joined()
        })
    }

    private func policies(_ change: (inout Policies) -> Void = { _ in }) -> Policies {
        BatchCase.policies {
            $0.lane.shardLines = 4
            change(&$0)
        }
    }

    /// A process that ends while batches are out.
    private func leaveOut(_ scope: Dispatcher.Scope = .everything, batches: Int = 1) async throws {
        var services = try house.services(provider.connection(), policies())
        services.isStopping = { [provider] in provider.names.count >= batches }
        let dispatcher = Dispatcher(services: services, policies: policies(), scope: scope, untilIdle: true)
        try await dispatcher.recover()
        _ = try await dispatcher.run()
        #expect(provider.names.count == batches && provider.now.run.isEmpty)
    }

    private func check(spent: Int = 4) throws {
        let book = try house.book()
        #expect(book.open.isEmpty && book.unknown.isZero)
        #expect(book.spent.usd == Money(picodollars: Int128(spent * BatchCase.cost)))
        #expect(try BookCheck(house.spool, policies()).differences == [])
    }

    @Test("its request keys are held before any job starts, and who asks the same waits for its answers")
    func keys() async throws {
        try house.drop(lines)
        try await leaveOut()
        try house.drop(lines.reversed(), as: "b.jsonl")
        let services = try house.services(provider.connection(), policies())
        let dispatcher = Dispatcher(services: services, policies: policies(), untilIdle: true)
        try await dispatcher.recover()
        var reader = RequestReader(catalogue: policies().catalogue)
        for line in lines {
            let key = try reader.read(Array(line.utf8).span).key
            #expect(await services.inFlight.isHeld([key]))
        }
        isDone.raise()
        #expect(try await dispatcher.run() == .idle(parked: 0))
        #expect(provider.now.run.sorted() == ["p1", "p2", "p3", "p4"])
        #expect(try house.finished("done").count == 2)
        try check()
    }

    @Test("keys that a batch keeps are its shard's own, and another's to wait for; a shard that waits gives them back")
    func keepers() async throws {
        let requests = InFlightRequests()
        let keys = (1...3).compactMap { RequestKey(hex: String(repeating: "\($0)", count: 64)) }
        let owner = ReservationID(job: "a", shard: 1)
        await requests.keep([owner: [keys[0]]])
        #expect(await requests.isHeld([keys[0]]))
        #expect(await !requests.isHeld([keys[0], keys[1]], besides: [owner]))
        #expect(await requests.take([keys[0]], orGiveUpIf: { true }) == nil)
        #expect(await requests.take([keys[0], keys[1]], for: [owner], orGiveUpIf: { true }) == false)
        await requests.giveBack([keys[0], keys[1]], keeping: [owner: [keys[0]]])
        #expect(await requests.isHeld([keys[0]]))
        #expect(await !requests.isHeld([keys[1]]))
        #expect(await requests.take([keys[1]], orGiveUpIf: { true }) == false)
        #expect(await requests.take([keys[0], keys[1]], for: [owner], orGiveUpIf: { true }) == nil)
        #expect(await !requests.isHeld([keys[0]]), "who waits holds none")
        await requests.keep([owner: [keys[2]]])
        await requests.letGo(ofJob: "a")
        #expect(await !requests.isHeld([keys[2]]))
    }

    @Test("outside the window of its lane")
    func window() async throws {
        try house.drop(lines)
        try await leaveOut()
        isDone.raise()
        let night = policies { $0.lane.windows = [TimeWindow(startMinute: 22 * 60, endMinute: 6 * 60)] }
        try await house.start(provider.connection(), night)
        #expect(try house.only("done").count("lines", "answered") == 4)
        try check()
    }

    @Test(
        "while its job or its lane is paused; what it brings is booked, and nothing else is sent",
        arguments: [true, false])
    func paused(isLane: Bool) async throws {
        try house.drop([line("p9")] + lines)
        try await leaveOut(batches: 2)
        isDone.raise()
        let job = try #require(house.spool.jobs().first)
        let subject = isLane ? Pause.Subject.lane(Lane.defaultName) : .job(job)
        _ = try house.spool.pause(subject, by: 0, at: house.clock.now)
        let (end, _) = try await house.start(provider.connection(), policies())
        #expect(end == .idle(parked: 1) && provider.names.count == 2)
        try check()
        try house.spool.resume(subject)
        try await house.start(provider.connection(), policies())
        #expect(try house.only("done").count("lines", "answered") == 5 && provider.names.count == 3)
        try check(spent: 5)
    }

    @Test("while its job is paused, and then judged: who asks the same is answered by it")
    func judged() async throws {
        try house.drop(lines)
        try await leaveOut()
        isDone.raise()
        _ = try house.spool.pause(.job(try #require(house.spool.jobs().first)), by: 0, at: house.clock.now)
        try house.drop(lines.reversed(), as: "b.jsonl")
        try await house.start(provider.connection(), policies())
        #expect(provider.now.run.sorted() == ["p1", "p2", "p3", "p4"])
        try check()
    }

    /// A process that ends when the lines of the only batch are with the provider, and it is not made yet.
    private func leaveUploaded() async throws {
        try house.drop(lines)
        var services = try house.services(provider.connection(), policies())
        services.isStopping = { [provider] in provider.now.calls.contains(.upload) }
        let dispatcher = Dispatcher(services: services, policies: policies(), untilIdle: true)
        try await dispatcher.recover()
        _ = try await dispatcher.run()
        #expect(provider.names.isEmpty && !provider.now.files.isEmpty)
        #expect(try !house.book().open.isEmpty)
    }

    @Test("what is not made yet is given up by a pause, and holds neither money nor requests")
    func pausedBefore() async throws {
        try await leaveUploaded()
        isDone.raise()
        let subject = Pause.Subject.job(try #require(house.spool.jobs().first))
        _ = try house.spool.pause(subject, by: 0, at: house.clock.now)
        let services = try house.services(provider.connection(), policies())
        let dispatcher = Dispatcher(services: services, policies: policies(), untilIdle: true)
        try await dispatcher.recover()
        #expect(try await dispatcher.run() == .idle(parked: 1))
        #expect(try provider.names.isEmpty && house.book().open.isEmpty && house.book().unknown.isZero)
        var reader = RequestReader(catalogue: policies().catalogue)
        for line in lines { #expect(await !services.inFlight.isHeld([try reader.read(Array(line.utf8).span).key])) }
        try house.spool.resume(subject)
        try await house.start(provider.connection(), policies())
        #expect(try house.only("done").count("lines", "answered") == 4 && provider.names.count == 1)
        try check()
    }

    @Test("what is not made yet is planned anew where the price has changed")
    func changedBefore() async throws {
        try await leaveUploaded()
        isDone.raise()
        let dearer = policies {
            $0.catalogue.models["m"]?.prices = PriceList(
                Price(input: Money(picodollars: 1_000_000), output: Money(picodollars: 2_000_000)))
        }
        try await house.start(provider.connection(), dearer)
        #expect(try house.only("done").count("lines", "answered") == 4 && provider.names.count == 1)
        let book = try house.book()
        #expect(book.open.isEmpty && book.unknown.isZero)
        #expect(book.spent.usd == Money(picodollars: Int128(8 * BatchCase.cost)))
    }

    @Test("where more jobs have one than are opened at a time")
    func many() async throws {
        try house.drop(lines)
        try await leaveOut()
        house.clock.advance(by: .seconds(-3600))
        let names = (1...8).map { "b\($0).jsonl" }
        for (index, name) in names.enumerated() { try house.drop([line("q\(index)")], as: name) }
        try await leaveOut(.only(Set(names.map { Array($0.utf8) })), batches: 9)
        isDone.raise()
        try await house.withDaemon(provider.connection(), policies()) { _ in
            defer { house.stop.raise() }
            try await house.wait(for: "done")
        }
        #expect(try house.only("done").ids("output.jsonl") == ["p1", "p2", "p3", "p4"])
    }
}
