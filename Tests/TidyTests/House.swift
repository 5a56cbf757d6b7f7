import Glibc

/// The repository as its files stand on disk.
enum House {
    static let root = String(#filePath.dropLast("/Tests/TidyTests/House.swift".count))

    /// The level of each of our targets (Sources/README.md). A target imports only from lower levels.
    static let levels: [String: Int] = [
        "BatchCore": 0, "DurableFiles": 0,
        "Spooling": 1, "Ledgers": 1, "Backends": 1, "Gates": 1, "Configuration": 1, "Simulator": 1,
        "Pipeline": 2, "Watching": 2,
        "Daemon": 3,
        "bobbin": 4,
    ]

    /// The one target that may import each C target.
    static let importers: [String: String] = [
        "CLinux": "DurableFiles", "CCrypto": "BatchCore", "CCurl": "Backends", "CToml": "Configuration",
        "CInotifyTools": "bobbin-watch", "CSeccomp": "bobbin-watch", "CProgram": "Gates",
        "CMatching": "BatchCore", "CZstd": "Ledgers",
    ]

    struct File {
        /// Relative to the root.
        let path: String
        let lines: [Substring]

        /// The part below Sources/ or Tests/: the target's folder.
        var target: String { String(path.split(separator: "/")[1]) }

        /// Names of the modules that it imports.
        var imports: [String] {
            lines.compactMap { line in
                let words = line.split(separator: " ")
                guard let index = words.firstIndex(of: "import"), words[..<index].allSatisfy(Self.canStandBeforeImport),
                    index + 1 < words.count
                else { return nil }
                return String(words[index + 1])
            }
        }

        private static func canStandBeforeImport(_ word: Substring) -> Bool {
            ["package", "internal", "private", "fileprivate", "public"].contains(String(word)) || word.hasPrefix("@")
        }
    }

    /// The Swift files below a folder of the root.
    static func swiftFiles(below folder: String) -> [File] {
        paths(below: folder).filter { $0.hasSuffix(".swift") }.sorted().map { path in
            File(path: path, lines: read(path).split(separator: "\n", omittingEmptySubsequences: false))
        }
    }

    /// The shell scripts below a folder of the root, and what they source.
    static func scripts(below folder: String) -> [File] {
        paths(below: folder).map { path in
            File(path: path, lines: read(path).split(separator: "\n", omittingEmptySubsequences: false))
        }.filter { file in ["#!/bin/bash", "# Sourced by "].contains { file.lines.first?.hasPrefix($0) == true } }
    }

    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder.isEmpty ? root : "\(root)/\(folder)") else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    static func read(_ path: String) -> String {
        guard let file = fopen("\(root)/\(path)", "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

    private static func paths(below folder: String) -> [String] {
        names(in: folder).filter { !$0.hasPrefix(".") }.flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat("\(root)/\(path)", &status) == 0 else { return [] }
            return status.st_mode & S_IFMT == S_IFDIR ? paths(below: path) : [path]
        }
    }
}
