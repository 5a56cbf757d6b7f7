/// Transfers that stand still because answers take all the room there is, in the order in which they came to a stand.
/// None is ended for it: what they bring is paid for. Lives on the curl thread.
final class CurlPauses {
    private let room: AnswerRoom
    private var waiting: [CurlTransfer] = []
    /// Goes on whatever the room is, so that answers of which each is a part do not wait for each other.
    private var first: CurlTransfer?

    init(_ room: AnswerRoom) {
        self.room = room
    }

    /// - Returns: false: there is no room for so many bytes more, and the transfer stands still from now on.
    func admit(_ bytes: Int, of transfer: CurlTransfer) -> Bool {
        guard transfer === first || room.hasRoom(for: bytes) else {
            waiting.append(transfer)
            room.note(waiting: waiting.count)
            return false
        }
        room.take(bytes)
        return true
    }

    /// May one of them go on by now? Asked before the thread waits for something to happen.
    var canResume: Bool {
        !waiting.isEmpty && (mayChooseFirst || waiting.contains { room.hasRoom(for: $0.wantedBytes) })
    }

    private var mayChooseFirst: Bool { first == nil && !room.isMostlyHeld }

    /// Lets go on what there is room for, or at least one.
    func resume() {
        guard canResume else { return }
        let stood = waiting
        waiting = []
        for transfer in stood {
            if !room.hasRoom(for: transfer.wantedBytes) {
                guard mayChooseFirst else {
                    waiting.append(transfer)
                    continue
                }
                first = transfer
            }
            transfer.goOn()  // at once; it may come to a stand again
        }
        room.note(waiting: waiting.count)
    }

    /// The transfer has ended.
    func end(_ transfer: CurlTransfer) {
        if first === transfer { first = nil }
        guard transfer.isPaused else { return }
        waiting.removeAll { $0 === transfer }
        room.note(waiting: waiting.count)
    }

    func giveBack(_ bytes: Int) { room.giveBack(bytes) }
    func handOver(_ bytes: Int) -> AnswerHold { room.handOver(bytes) }
}
