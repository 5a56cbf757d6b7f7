import BatchCore
import TestSupport
import Testing

@Suite("A batch is never created twice, whatever becomes of each step and of the process")
struct ProviderBatchTests {
    private static let poll = Duration.seconds(60)
    private static let noon = Timestamp(seconds: 1_790_000_000)
    private let done: ProviderBatchState = {
        var state = ProviderBatchState(end: .completed, word: "completed")
        state.results = ["out"]
        return state
    }()

    private func machine(
        _ phase: ProviderBatch.Phase = .planned, hasFiles: Bool = true, askedAt: Timestamp? = nil,
        poll: Duration = poll, lookup: Duration = .zero
    ) -> Driven {
        let batch = ProviderBatch(phase, askedAt: askedAt, hasFiles: hasFiles, poll: poll, lookup: lookup)
        return Driven(batch: batch, now: Self.noon)
    }

    /// With a clock that shows that every pause is waited out.
    private struct Driven {
        var batch: ProviderBatch
        var now: Timestamp

        var phase: ProviderBatch.Phase { batch.phase }

        mutating func start() -> ProviderBatch.Step { batch.start(at: now) }

        mutating func handle(_ event: ProviderBatch.Event) -> (step: ProviderBatch.Step, pause: Duration) {
            let next = batch.handle(event, at: now)
            now = now + next.pause
            return next
        }
    }

    @Test("upload, create, look, fetch, book; each phase is entered before what is asked in it")
    func straight() {
        var batch = machine()
        #expect(batch.start() == .begin)
        #expect(batch.handle(.begun) == (.upload, .zero) && batch.phase == .uploading)
        #expect(batch.handle(.made("f1")) == (.create(file: "f1"), .zero) && batch.phase == .creating(file: "f1"))
        #expect(batch.handle(.made("b1")) == (.look(batch: "b1"), Self.poll) && batch.phase == .created(batch: "b1"))
        let atWork = ProviderBatchState(end: nil, word: "in_progress")
        #expect(batch.handle(.seen(atWork)) == (.look(batch: "b1"), Self.poll))
        #expect(batch.handle(.seen(done)) == (.fetch(batch: "b1", done), .zero))
        #expect(batch.handle(.fetched) == (.book(done), .zero))
    }

    @Test("an interface without files begins with the batch")
    func withoutFiles() {
        var batch = machine(hasFiles: false)
        #expect(batch.start() == .begin && batch.handle(.begun) == (.create(file: nil), .zero))
        #expect(batch.phase == .creating(file: nil))
    }

    @Test("what was asked for and not answered is looked up, and asked for again when three look-ups found none")
    func unanswered() {
        var batch = machine(.uploaded(file: "f1"))
        #expect(batch.start() == .create(file: "f1"))
        #expect(batch.handle(.unanswered("reset")) == (.findBatch(file: "f1"), Self.poll))
        #expect(batch.handle(.missing) == (.findBatch(file: "f1"), Self.poll))
        // A look-up without an answer says nothing: it counts as none.
        #expect(batch.handle(.unanswered("503")) == (.findBatch(file: "f1"), Self.poll))
        #expect(batch.handle(.unanswered("503")) == (.findBatch(file: "f1"), Self.poll * 2))
        #expect(batch.handle(.missing) == (.findBatch(file: "f1"), Self.poll * 2))
        #expect(batch.handle(.missing) == (.create(file: "f1"), .zero))
        #expect(batch.handle(.unanswered("reset")).step == .findBatch(file: "f1"))
        #expect(batch.handle(.made("b1")) == (.look(batch: "b1"), Self.poll))
    }

    @Test("a batch that was asked for is not asked for again before its time is over, however often it was looked up")
    func late() {
        var batch = machine(.uploaded(file: "f1"), poll: .seconds(1), lookup: .seconds(600))
        _ = batch.start()
        #expect(batch.batch.askedAt == Self.noon)
        batch.now = batch.now + .seconds(100)  // for so long it was not answered
        #expect(batch.handle(.unanswered("out of time")).step == .findBatch(file: "f1"))
        let begun = batch.now
        var pauses: [Duration] = []
        while true {
            let (step, pause) = batch.handle(.missing)
            if step == .create(file: "f1") { break }
            #expect(step == .findBatch(file: "f1"))
            pauses.append(pause)
        }
        #expect(batch.now >= Self.noon + .seconds(700) && batch.now < begun + .seconds(1200))
        #expect(pauses == pauses.sorted() && pauses.count < 15, "\(pauses)")
        // A process that comes later goes on by what is on disk: the time of the first question counts.
        var next = machine(.creating(file: "f1"), askedAt: Self.noon + .seconds(-590), lookup: .seconds(600))
        #expect(next.start() == .findBatch(file: "f1"))
        for _ in 0..<2 { #expect(next.handle(.missing).step == .findBatch(file: "f1")) }
        #expect(next.handle(.missing).step == .create(file: "f1"))
    }

    @Test("a clock that is set back begins the time anew")
    func setBack() {
        var batch = machine(.creating(file: nil), askedAt: Self.noon + .seconds(86_400), lookup: .seconds(600))
        _ = batch.start()
        var looks = 0
        while batch.handle(.missing).step == .findBatch(file: nil), looks < 100 { looks += 1 }
        #expect(looks > 3 && looks < 20 && batch.phase == .creating(file: nil))
        #expect(batch.now >= Self.noon + .seconds(600))
    }

    @Test("a batch that has ended and does not say where its results are is looked at again, a few times")
    func bare() {
        var bare = ProviderBatchState(end: .completed, word: "completed")
        bare.lacksResults = true
        var batch = machine(.created(batch: "b1"))
        _ = batch.start()
        for _ in 0..<2 { #expect(batch.handle(.seen(bare)) == (.look(batch: "b1"), Self.poll)) }
        #expect(batch.handle(.seen(done)).step == .fetch(batch: "b1", done))
        var other = machine(.created(batch: "b1"))
        _ = other.start()
        for _ in 0..<3 { #expect(other.handle(.seen(bare)).step == .look(batch: "b1")) }
        #expect(other.handle(.seen(bare)).step == .book(bare))
    }

    @Test("a refusal gives it up where it answers what was asked for, and nowhere else")
    func refused() {
        var batch = machine(.uploaded(file: "f1"))
        _ = batch.start()
        #expect(batch.handle(.refused("400")).step == .abandon(because: "400") && batch.phase == .abandoned)
        var other = machine(.creating(file: "f1"))
        #expect(other.start() == .findBatch(file: "f1"))
        #expect(
            other.handle(.refused("401")).step == .findBatch(file: "f1"), "the key is wrong, and a batch may be out")
        var third = machine(.created(batch: "b1"))
        _ = third.start()
        #expect(third.handle(.refused("401")).step == .look(batch: "b1"))
        var fourth = machine(.abandoned)
        #expect(fourth.start() == .abandon(because: ""), "it is not asked for again by another process")
    }

    @Test("a batch, or its results, that the provider knows no more is given up as lost when its time is over")
    func lost() {
        var batch = machine(.created(batch: "b1"), lookup: .seconds(600))
        _ = batch.start()
        let begun = batch.now
        for _ in 0..<4 { #expect(batch.handle(.missing).step == .look(batch: "b1")) }
        guard case .lose = batch.handle(.missing).step else { return #expect(Bool(false)) }
        #expect(batch.now >= begun + .seconds(600))
        // The batch is known, its files are gone.
        var other = machine(.created(batch: "b1"))
        var step = other.start()
        for _ in 0..<3 {
            #expect(step == .look(batch: "b1"))
            #expect(other.handle(.seen(done)).step == .fetch(batch: "b1", done))
            step = other.handle(.missing).step
        }
        guard case .lose = step else { return #expect(Bool(false), "\(step)") }
    }

    /// A provider whose lists lag by two looks at the most.
    private struct Provider {
        var file = false
        var batches = 0
        var lag = 0
        var looks = 0

        mutating func isListed(_ there: Bool) -> Bool {
            guard there else { return false }
            if lag > 0 { lag -= 1 }
            return lag == 0
        }
    }

    @Test("faults at every step, and a process that ends at any", arguments: UInt64(0)..<500)
    func anyFault(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var provider = Provider()
        var batch = machine()
        var step = batch.start()
        var onDisk = batch.phase
        for _ in 0..<2_000 {
            onDisk = batch.phase
            if Int.random(in: 0..<12, using: &random) == 0 {  // the process ends
                batch = machine(onDisk)
                step = batch.start()
                continue
            }
            let fault = Int.random(in: 0..<3, using: &random)  // 0: before, 1: after it was done, 2: none
            var event = ProviderBatch.Event.unanswered("")
            switch step {
            case .begin: event = .begun
            case .upload, .create:
                if fault == 0 { break }
                if case .upload = step { provider.file = true } else { provider.batches += 1 }
                provider.lag = Int.random(in: 0...3, using: &random)
                if fault == 2 { event = .made("id") }
            case .findFile: if fault > 0 { event = provider.isListed(provider.file) ? .made("id") : .missing }
            case .findBatch: if fault > 0 { event = provider.isListed(provider.batches > 0) ? .made("id") : .missing }
            case .look:
                provider.looks += 1
                if fault > 0 { event = .seen(provider.looks > 3 ? done : ProviderBatchState(end: nil, word: "")) }
            case .fetch: if fault > 0 { event = .fetched }
            case .book, .lose, .abandon:
                #expect(provider.batches <= 1, "seed \(seed): a second batch")
                if case .abandon = step { #expect(provider.batches == 0, "seed \(seed): a batch is given up") }
                if case .lose = step { #expect(Bool(false), "seed \(seed): a batch that is there is lost") }
                return
            }
            step = batch.handle(event).step
        }
        Issue.record("seed \(seed): no end, at \(batch.phase)")
    }
}
