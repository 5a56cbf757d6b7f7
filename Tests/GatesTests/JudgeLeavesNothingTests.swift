import BatchCore
import Gates
import Testing

@Suite("Nothing that a judge has started outlives its verdict", .timeLimit(.minutes(6)))
struct JudgeLeavesNothingTests {
    private let directory: JudgeDirectory
    /// Stands in the arguments of everything that is started here.
    private let word = "\(UInt64.random(in: 1 << 60 ... .max))"

    init() throws {
        directory = try JudgeDirectory()
    }

    private func left() throws -> [String] { try directory.processes(with: word) }

    @Test("children that hold its output open do not keep it from being judged, and are ended")
    func childrenWithPipe() async throws {
        let judgement = try await directory.ask("sh -c 'sleep 1000' \(word) & echo '{\"verdict\":\"pass\"}'")
        #expect(judgement == .pass)
        #expect(try left() == [])
    }

    @Test("children in sessions of their own are ended, too")
    func sessions() async throws {
        let judgement = try await directory.ask(
            """
            setsid sh -c 'setsid sh -c "touch ready; sleep 1000" \(word) & sleep 1000' \(word) &
            while ! [ -e ready ]; do sleep 0.01; done
            echo '{"verdict":"pass"}'
            """)
        #expect(judgement == .pass)
        #expect(try left() == [])
    }

    @Test("one that forks and forks is ended with all that came of it")
    func forks() async throws {
        // Seven generations of two: bounded here, whoever runs the tests.
        let judgement = try await directory.ask(
            """
            bomb() { [ "$1" -le 0 ] || { bomb $(($1 - 1)) & bomb $(($1 - 1)) & }; exec sh -c 'sleep 1000' \(word); }
            bomb 7
            """, timeout: .milliseconds(600))
        #expect(judgement == .none(because: "it took longer than 0.6 seconds"))
        #expect(try left() == [])
    }

    @Test("a chain of processes each of which starts the next one and goes is ended")
    func chain() async throws {
        // Four thousand links at the most.
        let judgement = try await directory.ask(
            """
            [ "${1:-0}" -ge 4000 ] && exit
            echo x >> links
            setsid ./judge $((${1:-0} + 1)) &
            [ "${1:-0}" -gt 0 ] || sleep 1000
            """, timeout: .milliseconds(300))
        #expect(judgement == .none(because: "it took longer than 0.3 seconds"))
        let links = try directory.text("links")
        // Time for some hundred more.
        _ = try await directory.ask("sleep 0.3; true")
        #expect(try directory.text("links") == links && links.utf8.count > 2 * 10)
    }
}
