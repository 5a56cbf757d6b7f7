import BatchCore
import DurableFiles
import Spooling
import SystemPackage
import Testing

@Suite("That the file of a pause is there pauses, whatever it says")
struct PauseFileTests {
    private let house: TestSpool
    private let time = Timestamp(seconds: 1_800_000_000)

    init() throws {
        house = try TestSpool()
    }

    @Test("who asked and when is read again; who asks later changes nothing, and to end it twice is fine")
    func twice() throws {
        let lane = Pause.Subject.lane("nightly")
        let first = try house.spool.pause(lane, by: 7, at: time)
        #expect(try house.spool.pause(lane, by: 8, at: time + .seconds(1)) == first)
        #expect(try house.spool.pauses().all == [first] && first.uid == 7 && first.at == time)
        for _ in 0..<2 { try house.spool.resume(lane) }
        #expect(try house.spool.pauses() == Pauses())
    }

    @Test("one that nobody can read pauses all the same")
    func damaged() throws {
        try DurableFile.publish(Array("?".utf8), to: house.spool.paused.appending("lanes").appending("nightly"))
        let pause = try #require(try house.spool.pauses()[.lane("nightly")])
        #expect(pause.uid == nil && pause.at == nil && "\(pause)".hasPrefix("somebody paused its lane nightly; "))
    }

    @Test("so does whatever else has that name; what cannot be paused or resumed for it is no trouble of the machine")
    func inTheWay() throws {
        let lane = Pause.Subject.lane("nightly")
        try DurableFile.makeDirectory(house.spool.paused.appending("lanes").appending("nightly"))
        #expect(try house.spool.pauses()[lane] == Pause(lane, by: nil, at: nil))
        let error = #expect(throws: FileError.self) { try house.spool.resume(lane) }
        #expect(error?.isEnvironmental == false)
    }

    @Test("a job is held by its own pause, then by that of its lane")
    func both() throws {
        let job = try #require(JobID("a.20261124T100000Z.aaaaaa"))
        let lane = try house.spool.pause(.lane("nightly"), by: 7, at: time)
        #expect(try house.spool.pauses().pause(of: job, lane: "nightly") == lane)
        let own = try house.spool.pause(.job(job), by: 7, at: time)
        #expect(try house.spool.pauses().pause(of: job, lane: "nightly") == own)
        #expect(try house.spool.pauses().pause(of: job, lane: "default") == own)
    }

    @Test("a request that names no lane or job, or a path, is not understood", arguments: ["../x", "", ".x", "a/b"])
    func names(lane: String) throws {
        for request in [#"{"command":"pause","lane":"\#(lane)"}"#, #"{"command":"resume","job":"\#(lane)"}"#] {
            try DurableFile.publish(Array(request.utf8), to: house.spool.control.appending("x.json"))
            #expect(try house.spool.controlRequests().map(\.request) == [nil])
        }
    }
}
