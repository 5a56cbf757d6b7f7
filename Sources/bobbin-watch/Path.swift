// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// A path or a name as the kernel has it: any bytes but NUL, not necessarily UTF-8.
struct Path: Hashable, CustomStringConvertible {
    /// Without the terminating NUL.
    var characters: [CChar]

    private static let slash = CChar(UInt8(ascii: "/"))
    private static let dot = CChar(UInt8(ascii: "."))

    init(_ characters: [CChar]) {
        self.characters = characters
    }

    /// Copies a C string.
    init(copying string: UnsafePointer<CChar>) {
        characters = Array(UnsafeBufferPointer(start: string, count: strlen(string)))
    }

    /// The arguments of the process as absolute paths. `CommandLine.arguments` would repair what is not UTF-8.
    static func arguments() -> [Path] {
        (1..<max(1, Int(CommandLine.argc))).compactMap { CommandLine.unsafeArgv[$0] }
            .map { Path(copying: $0).absolute() }
    }

    var isEmpty: Bool { characters.isEmpty }

    /// For names: hidden, `.` or `..`.
    var startsWithDot: Bool { characters.first == Self.dot }

    /// For calls into C.
    var terminated: [CChar] { characters + [0] }

    /// For messages: `?` stands for control characters, so that no name can write a line of its own into a log.
    var description: String {
        let shown = characters.map { 0..<32 ~= $0 || $0 == 127 ? UInt8(ascii: "?") : UInt8(bitPattern: $0) }
        return String(decoding: shown, as: UTF8.self)
    }

    func appending(_ name: Path) -> Path {
        characters.last == Self.slash
            ? Path(characters + name.characters) : Path(characters + [Self.slash] + name.characters)
    }

    /// Another spelling of the same absolute path, different for each `number`: its bits as `/` or `./` behind the
    /// root. The last component keeps its place, so that flags such as IN_DONT_FOLLOW mean the same.
    func spelled(_ number: UInt32) -> Path {
        var prefix = [Self.slash]
        for bit in 0..<(UInt32.bitWidth - number.leadingZeroBitCount) {
            prefix += number >> bit & 1 == 1 ? [Self.dot, Self.slash] : [Self.slash]
        }
        return Path(prefix + characters.dropFirst())
    }

    private func absolute() -> Path {
        guard characters.first != Self.slash, let here = getcwd(nil, 0) else { return self }
        defer { free(here) }
        return Path(copying: here).appending(self)
    }
}
