import Daemon
import Glibc

/// What a person sees. Nothing is coloured or redrawn unless standard error or output is a terminal.
enum Terminal {
    static let showsProgress = isatty(STDERR_FILENO) == 1
    static let hasColour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil

    static func complain(_ line: String) { write(printable(line, keepsLines: true) + "\n", to: STDERR_FILENO) }

    /// One line of standard output.
    static func say(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    static func write(_ bytes: [UInt8]) { write(bytes, to: STDOUT_FILENO) }

    /// A line that is drawn over by the next; ends with `endProgress`.
    static func progress(_ line: String) { write("\r\u{1B}[2K" + printable(line), to: STDERR_FILENO) }
    static func endProgress() { write("\r\u{1B}[2K", to: STDERR_FILENO) }

    /// A new picture in place of the last.
    static func redraw(_ lines: [String]) {
        write("\u{1B}[H\u{1B}[2J" + lines.joined(separator: "\n") + "\n", to: STDOUT_FILENO)
    }

    /// `[######    ] 12/20`
    static func bar(_ done: Int, of total: Int, width: Int = 30) -> String {
        let filled = total == 0 ? 0 : min(width, done * width / total)
        return "[" + String(repeating: "#", count: filled) + String(repeating: " ", count: width - filled)
            + "] \(done)/\(total)"
    }

    /// Columns of equal width; the first row is the head.
    static func table(_ rows: [[String]]) -> [String] {
        guard let columns = rows.first?.count else { return [] }
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Names and messages can hold what a terminal would obey, or what makes a line look like another: such characters
    /// are shown, not sent.
    /// - Parameter keepsLines: the text is of several lines by right.
    static func printable(_ text: String, keepsLines: Bool = false) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if SafeText.isDangerous(scalar) && !(keepsLines && scalar == "\n") {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8), to: descriptor) }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            // Whoever read our output has gone: there is nobody left to tell.
            if written <= 0 { return }
            rest = rest.dropFirst(written)
        }
    }
}
