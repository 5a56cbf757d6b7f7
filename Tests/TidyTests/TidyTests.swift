import Testing

@Suite("The house is tidy")
struct TidyTests {
    private let sources = House.swiftFiles(below: "Sources")
    private let tests = House.swiftFiles(below: "Tests")

    @Test("the sources are found")
    func sourcesAreFound() {
        #expect(sources.count > 100)
        #expect(tests.count > 30)
        #expect(Set(sources.map(\.target)).isSuperset(of: House.levels.keys))
    }

    @Test("a target imports only from lower levels, never sideways")
    func importsGoDown() {
        for file in sources {
            guard let level = House.levels[file.target] else { continue }
            for module in file.imports {
                guard let other = House.levels[module] else { continue }
                #expect(other < level, "\(file.path) imports \(module) of level \(other) from level \(level)")
            }
        }
    }

    @Test("a C target is imported by one target")
    func oneImporter() {
        for file in sources + tests.filter({ $0.target != "TidyTests" }) {
            for module in file.imports where House.importers[module] != nil {
                #expect(file.target == House.importers[module], "\(file.path) imports \(module)")
            }
        }
    }

    @Test("the helper imports Glibc, its library and what confines it, nothing else")
    func helperStandsAlone() {
        for file in sources where file.target == "bobbin-watch" {
            #expect(Set(file.imports).isSubset(of: ["Glibc", "CInotifyTools", "CSeccomp"]), "\(file.path) imports \(file.imports)")
        }
    }

    @Test("no target below the daemon imports Foundation")
    func noFoundation() {
        // AsyncSocket.write of FlyingSocks takes its bytes as Data alone.
        let excepted = ["Sources/Simulator/Connection.swift"]
        for file in sources where !excepted.contains(file.path) {
            #expect(!file.imports.contains { $0.hasPrefix("Foundation") }, "\(file.path)")
        }
    }

    @Test("nothing is public: this is an application")
    func nothingIsPublic() {
        for file in sources {
            for (index, line) in file.lines.enumerated() {
                #expect(!line.split(separator: " ").contains("public"), "\(file.path):\(index + 1)")
            }
        }
    }

    @Test("a file of more than 300 lines is two rooms in one, unless it says why not")
    func filesAreShort() {
        for file in sources + tests { #expect(file.lines.count <= 301, "\(file.path) has \(file.lines.count) lines") }
    }

    @Test("a line has 120 columns at the most")
    func linesAreShort() {
        for file in sources {
            for (index, line) in file.lines.enumerated() where line.count > 120 {
                Issue.record("\(file.path):\(index + 1) has \(line.count) columns")
            }
        }
    }

    @Test("a test waits for a condition, never for time")
    func testsDoNotSleep() {
        let calls = ["Task" + ".sleep", "u" + "sleep(", "nano" + "sleep(", "Thread" + ".sleep"]
        for file in tests {
            for (index, line) in file.lines.enumerated() {
                #expect(!calls.contains { line.contains($0) }, "\(file.path):\(index + 1)")
            }
        }
    }

    @Test("a script pipes nothing to a reader that leaves early: with pipefail, that fails the writer now and then")
    func pipesAreReadToTheirEnd() {
        let scripts = ["Tests", "Systemd", "Spool"].flatMap(House.scripts(below:))
        #expect(scripts.count > 10)
        for file in scripts {
            for (index, line) in file.lines.enumerated() {
                #expect(!line.contains("| grep " + "-q"), "\(file.path):\(index + 1)")
            }
        }
    }

    @Test("nothing is left half done")
    func nothingIsLeft() {
        let marks = ["TO" + "DO", "FIX" + "ME"]
        for file in sources + tests {
            for (index, line) in file.lines.enumerated() {
                #expect(!marks.contains { line.contains($0) }, "\(file.path):\(index + 1)")
            }
        }
    }

    @Test("the top level holds what was agreed, nothing else")
    func topLevel() {
        let agreed: Set = ["Package.swift", "Sources", "Tests", "Spool", "Systemd", "README.md", "LICENSE", "Package.resolved"]
        let extra = House.names(in: "").filter { !$0.hasPrefix(".") && !agreed.contains($0) }
        #expect(extra.isEmpty, "\(extra)")
    }
}
