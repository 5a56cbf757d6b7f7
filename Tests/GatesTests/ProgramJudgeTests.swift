import BatchCore
import DurableFiles
import Gates
import Glibc
import SystemPackage
import Testing

@Suite("A judge that is a program gives a verdict or none, whatever it does", .timeLimit(.minutes(6)))
struct ProgramJudgeTests {
    private let directory: JudgeDirectory

    init() throws {
        directory = try JudgeDirectory()
    }

    @Test("pass and fail are taken from what it writes, with its reason")
    func verdicts() async throws {
        #expect(try await directory.ask(#"echo '{"verdict":"pass","score":3}'"#) == .pass)
        let fail = try await directory.ask(#"echo '{"verdict":"fail","reason":"it is rude"}'"#)
        #expect(fail == .fail(reason: "it is rude"))
        #expect(try await directory.ask(#"echo '{"verdict":"fail"}'"#) == .fail(reason: "it gives no reason"))
    }

    @Test("it reads the request, the response and the text as one line of JSON")
    func question() async throws {
        let text = String(repeating: "a long answer\n", count: 100_000)
        #expect(try await directory.ask(#"cat > seen; echo '{"verdict":"pass"}'"#, about: text) == .pass)
        let seen = try JSONValue(parsing: try directory.text("seen"))
        #expect(seen["custom_id"]?.string == "a\"b" && seen["url"]?.string == "/v1/chat/completions")
        #expect(seen["request"]?["model"]?.string == "m" && seen["response"]?["choices"]?.array == [])
        #expect(seen["text"]?.string == text)
        #expect(try directory.text("seen").utf8.count { $0 == UInt8(ascii: "\n") } == 1)
    }

    @Test("one that does not read its input is judged by what it says")
    func unread() async throws {
        let text = String(repeating: "x", count: 4 << 20)
        #expect(try await directory.ask(#"exec echo '{"verdict":"pass"}'"#, about: text) == .pass)
    }

    @Test(
        "anything else is no verdict, and says why",
        arguments: [
            (#"echo '{"verdict":"pass"}'; exit 3"#, "it ended with exit code 3"),
            (#"echo '{"verdict":"fail"}'; kill -SEGV $$"#, "it was ended by signal 11"),
            ("echo 'pass'", "what it wrote is no JSON"),
            ("printf '\\377\\000{'", "what it wrote is no JSON"),
            ("true", "what it wrote is no JSON"),
            (#"echo '{"verdict":"maybe"}'"#, #"what it wrote has no "verdict" of "pass" or "fail""#),
            (#"echo '[{"verdict":"pass"}]'"#, #"what it wrote has no "verdict" of "pass" or "fail""#),
            ("exec yes pass", "it wrote more than 65536 bytes"),
        ])
    func none(script: String, reason: String) async throws {
        #expect(try await directory.ask(script) == .none(because: reason))
    }

    @Test("one that hangs is ended")
    func hangs() async throws {
        let judgement = try await directory.ask("trap '' TERM INT HUP; sleep 1000", timeout: .milliseconds(200))
        #expect(judgement == .none(because: "it took longer than 0.2 seconds"))
    }

    @Test("one that cannot be started says so")
    func missing() async throws {
        let policy = JudgeProgram(exec: ["./nothing"], directory: directory.path.string)
        let judgement = await ProgramJudge().judge(.about("x"), by: policy, unless: { false })
        #expect(judgement == .none(because: "it cannot be started: No such file or directory"))
    }

    @Test("one that fails once is asked again, one that fails twice is not")
    func retry() async throws {
        let script = #"echo x >> tries; [ "$(wc -l < tries)" -ge "$NEEDED" ] && echo '{"verdict":"pass"}'"#
        #expect(try await directory.ask("NEEDED=2; \(script)") == .pass)
        try DurableFile.remove(directory.path.appending("tries"))
        #expect(try await directory.ask("NEEDED=3; \(script)") == .none(because: "it ended with exit code 1"))
        #expect(try directory.text("tries") == "x\nx\n")
    }

    @Test("it gets an environment of its own, and no file of ours")
    func nothingOfOurs() async throws {
        setenv("BOBBIN_TEST_SECRET", "sk-1234", 1)
        let leaked = open("/dev/null", O_RDONLY)
        defer { close(leaked) }
        _ = try await directory.ask("env > environment; ls /proc/self/fd > files")
        let names = try directory.text("environment").split(separator: "\n").map { $0.prefix { $0 != "=" } }
        #expect(Set(names).isSubset(of: ["PATH", "LANG", "PWD", "OLDPWD", "SHLVL", "_"]), "\(names)")
        // The fourth is the directory that ls reads.
        #expect(try directory.text("files") == "0\n1\n2\n3\n")
    }

    @Test("what is asked of it at once is bounded by its workers")
    func workers() async throws {
        var policy = try directory.judge(
            #"mkdir lock || exit 1; sleep 0.02; rmdir lock; echo '{"verdict":"pass"}'"#)
        policy.workers = 1
        let judge = ProgramJudge()
        await withTaskGroup(of: Judgement.self) { [policy] group in
            for _ in 0..<5 { group.addTask { await judge.judge(.about("x"), by: policy, unless: { false }) } }
            for await judgement in group { #expect(judgement == .pass) }
        }
    }

    @Test("a stop is not kept waiting by it")
    func stop() async throws {
        let policy = try directory.judge("touch started; sleep 1000", timeout: .seconds(1000))
        let started = directory.path.appending("started").string
        let judgement = await ProgramJudge().judge(.about("x"), by: policy, unless: { access(started, F_OK) == 0 })
        #expect(judgement == .none(because: "it was ended, since work is stopping"))
    }
}
