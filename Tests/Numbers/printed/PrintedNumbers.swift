import BatchCore
import Glibc

/// Doubles and how the canonical form writes them, a line each: the sixteen digits of the bits without leading zeros, a
/// comma, the number. `printed-numbers published COUNT` takes the sequence that the authors of RFC 8785 publish
/// checksums of; `printed-numbers random COUNT SEED` takes random bits, and sees that what it writes is read as it was.
@main
enum PrintedNumbers {
    private static let block = 4096

    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3, var left = Int(arguments[2]) else { usage() }
        switch (arguments[1], arguments.count) {
        case ("published", 3):
            var sequence = PublishedNumbers()
            while left > 0 { write(&left, isRead: false) { sequence.next() } }
        case ("random", 4):
            guard let seed = UInt64(arguments[3]) else { usage() }
            var sequence = RandomNumbers(seed: seed)
            while left > 0 { write(&left, isRead: true) { sequence.next() } }
        default: usage()
        }
    }

    private static func usage() -> Never {
        print("usage: printed-numbers published COUNT | printed-numbers random COUNT SEED")
        exit(64)
    }

    /// One block of lines. The numbers are written as one array: no number has a comma.
    private static func write(_ left: inout Int, isRead: Bool, _ next: () -> Double) {
        let numbers = (0..<min(block, left)).map { _ in next() }
        left -= numbers.count
        var json = JSONWriter(reserving: numbers.count * 26)
        json.array { json in for number in numbers { json.element(number) } }
        if isRead { precondition(form(of: json.bytes) == json.bytes, "a printed number is read as another") }

        var lines: [UInt8] = []
        lines.reserveCapacity(numbers.count * 44)
        var at = 1
        for number in numbers {
            lines.append(contentsOf: String(number.bitPattern, radix: 16).utf8)
            lines.append(UInt8(ascii: ","))
            while json.bytes[at] != UInt8(ascii: ","), json.bytes[at] != UInt8(ascii: "]") {
                lines.append(json.bytes[at])
                at += 1
            }
            at += 1
            lines.append(UInt8(ascii: "\n"))
        }
        var written = 0
        while written < lines.count {
            let count = lines[written...].withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { exit(74) }
            written += count
        }
    }

    private static func form(of text: [UInt8]) -> [UInt8] {
        var tape = JSONTape()
        var form: [UInt8] = []
        do { try tape.scan(text.span) } catch { preconditionFailure("what was printed is refused: \(error)") }
        CanonicalJSON.append(JSONTape.root, of: tape, in: text.span, numbers: .rfc8785, to: &form)
        return form
    }
}
