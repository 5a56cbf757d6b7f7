/// Money, slots and requests of a simulation.
extension Simulation {
    /// Sets aside the worst cases of what a shard has not sent, as `Pipeline/Reserve` does.
    mutating func reserve(_ place: Int) {
        guard var shard = shards[place] else { return }
        let job = jobs[shard.job]
        let day = rules.schedule.calendar.day(at: time)
        if budget.days[day] == nil { budget.open(day, cap: rules.budget.day) }
        let request = ReservationRequest(
            id: shard.reservation, lane: job.lane.name, model: job.model.name, uid: 0, round: shard.round + 1)
        let worstCases = [Amount](repeating: job.worstCase, count: shard.unsent)
        switch budget.reserve(worstCases, for: request, on: day) {
        case .granted(let sum, let count):
            shard.round += 1
            shard.day = day
            shard.settlement = Settlement(open: sum)
            shard.roundLeft = count
            shard.unsent -= count
            shards[place] = shard
            figures.note(reserved: budget.days.values.reduce(.zero) { $0 + $1.reserved })
            isBusy(place, with: count)
            laneSlots[job.lane.name, default: SlotLine(job.lane.concurrency)].add(place, count: count)
            fillSlots(of: job.lane.name)
        case .refused(_, canChange: true):
            waitingForMoney.append(place)
            isBusy(place, with: 0)
        case .refused(let refusal, canChange: false):
            budget.stopWaiting(request.id)
            if rules.budget.whenExhausted == .reject {
                jobs[shard.job].refuse(shard.unsent)
                shards[place]?.unsent = 0
                finish(place)
            } else {
                leave(place, .budget(refusal))
                tell(.ended(shard.id))
            }
        }
    }

    private mutating func fillSlots(of lane: String) {
        while let shard = laneSlots[lane]?.take() { allSlots.add(shard) }
        while let shard = allSlots.take() { send(shard) }
    }

    private mutating func send(_ place: Int) {
        guard let shard = shards[place] else { preconditionFailure("a request is sent of a shard that has ended") }
        let endpoint = jobs[shard.job].model.endpoint
        if endpoints[endpoint]?.isLimited == true {
            endpoints[endpoint]?.waiting.append(place)
            goOn(endpoint)
        } else {
            send(place, shard.job, nil)
        }
    }

    /// Sends what its endpoint takes now, first come, first served.
    mutating func goOn(_ name: String) {
        guard var endpoint = endpoints[name], !endpoint.waiting.isEmpty else { return }
        var sent = 0
        loop: for place in endpoint.waiting {
            guard let job = shards[place]?.job else { break }
            switch endpoint.window.ask(worstCase: jobs[job].worstCase.tokens, at: endpoint.instant(now)) {
            case .go(let pass):
                sent += 1
                send(place, job, pass)
            case .wait(let until):
                if let until, endpoint.opensAt == nil {
                    let at = max(now + 1000, endpoint.microseconds(until))
                    endpoint.opensAt = at
                    add(.opens(endpoint: name), after: at - now)
                }
                break loop
            }
        }
        endpoint.waiting.removeFirst(sent)
        endpoints[name] = endpoint
    }

    private mutating func send(_ place: Int, _ job: Int, _ pass: RateWindow.Pass?) {
        let (arrival, model) = (jobs[job].arrival, jobs[job].model)
        let factor = arrival.spread == 0 ? 1 : 1 + arrival.spread * (2 * random.next() - 1)
        let usage = Usage(input: arrival.inputTokens, output: Int((Double(arrival.outputTokens) * factor).rounded()))
        let usd = model.prices?.price(at: time).cost(of: usage) ?? .zero
        let cost = arrival.cost ?? Amount(usd: usd, tokens: usage.total)
        jobs[job].sends(at: time)
        let length = max(1, Int64(arrival.seconds * factor * 1_000_000))
        figures.note(lane: jobs[job].lane.name, inFlightFor: length, worstCase: jobs[job].worstCase.usd)
        add(.answered(Flight(shard: place, began: now, cost: cost, pass: pass)), after: length)
    }

    /// An answer: it is booked, and its slot is free.
    mutating func take(_ flight: Flight) {
        guard var shard = shards[flight.shard] else { preconditionFailure("an answer for a shard that has ended") }
        let (lane, endpoint) = (jobs[shard.job].lane.name, jobs[shard.job].model.endpoint)
        jobs[shard.job].isAnswered(for: flight.cost)
        shard.settlement.spent += flight.cost
        shard.settlement.open -= jobs[shard.job].worstCase
        shard.roundLeft -= 1
        shard.answered += 1
        shard.answerTimes += Double(now)
        shards[flight.shard] = shard
        budget.settle(shard.reservation, shard.settlement, on: shard.day)
        if shard.roundLeft == 0 { budget.end(shard.reservation, on: shard.day) }
        allSlots.free += 1
        laneSlots[lane]?.free += 1
        fillSlots(of: lane)
        if let pass = flight.pass, let instant = endpoints[endpoint]?.instant(now) {
            endpoints[endpoint]?.window.end(pass, .used(tokens: flight.cost.tokens), at: instant)
            goOn(endpoint)
        }
        if shard.left == 0 {
            finish(flight.shard)
        } else if shard.roundLeft == 0 {
            reserve(flight.shard)
        } else {
            isBusy(flight.shard, with: shard.roundLeft)
        }
        let waiting = waitingForMoney
        waitingForMoney = []
        for place in waiting { reserve(place) }
    }
}
