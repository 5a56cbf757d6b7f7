import Testing

@testable import Watching

@Suite("A helper that ends comes back, soon at first, and we look by ourselves meanwhile")
struct HelperLifeTests {
    private func killed(after lived: Duration) -> HelperEnd { .ended("the helper was ended by signal 9", after: lived) }

    @Test("100 ms, doubled up to 10 s")
    func doubles() {
        var life = HelperLife(pace: WatchPace())
        let rests = (0..<9).map { _ in life.rest(after: killed(after: .zero)).duration }
        let milliseconds = [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]
        #expect(rests == milliseconds.map { Duration.milliseconds($0) })
    }

    @Test("quick again after a minute of life")
    func steady() {
        var life = HelperLife(pace: WatchPace())
        for _ in 0..<9 { _ = life.rest(after: killed(after: .seconds(59))) }
        #expect(life.rest(after: killed(after: .seconds(60))).duration == .milliseconds(100))
    }

    @Test("polls as soon as the rest is longer than a poll interval, and says so once")
    func polls() {
        var life = HelperLife(pace: WatchPace())
        let rests = (0..<9).map { _ in life.rest(after: killed(after: .zero)) }
        #expect(rests.map(\.polls) == [false, false, false, false, false, true, true, true, true])
        #expect(rests.map(\.beginsPolling) == [false, false, false, false, false, true, false, false, false])
    }

    @Test("without inotify it polls at once and tries again every minute")
    func noInotify() {
        var life = HelperLife(pace: WatchPace())
        let first = life.rest(after: .noInotify("used up"))
        #expect(first == .init(duration: .seconds(60), polls: true, beginsPolling: true, isNews: true))
        let second = life.rest(after: .noInotify("used up"))
        #expect(second == .init(duration: .seconds(60), polls: true, beginsPolling: false, isNews: false))
    }

    @Test("the same reason again is no news, after a steady life it is")
    func news() {
        var life = HelperLife(pace: WatchPace())
        #expect(life.rest(after: killed(after: .zero)).isNews)
        #expect(!life.rest(after: killed(after: .zero)).isNews)
        #expect(life.rest(after: .ended("the inbox is gone", after: .zero)).isNews)
        #expect(life.rest(after: .ended("the inbox is gone", after: .seconds(60))).isNews)
    }
}
