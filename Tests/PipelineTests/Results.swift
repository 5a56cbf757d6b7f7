import BatchCore
import DurableFiles
import Ledgers
import Pipeline
import Spooling
import SystemPackage

/// What a job left for the outside.
struct Finished: Sendable {
    let job: JobID
    /// `done` or `rejected`.
    let place: String
    let path: FilePath
    let report: JSONValue

    var verdict: String { report["verdict"]?.string ?? "" }
    var reason: String { report["reason"]?.string ?? "" }

    func lines(_ file: String) throws -> [JSONValue] {
        try text(file).split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }

    /// Its custom_ids, in the order of the file; `-` where there is none.
    func ids(_ file: String) throws -> [String] { try lines(file).map { $0["custom_id"]?.string ?? "-" } }

    func codes(_ file: String = "errors.jsonl") throws -> [String] {
        try lines(file).map { $0["error"]?["code"]?.string ?? "-" }
    }

    func text(_ file: String) throws -> String {
        String(decoding: try DurableFile.read(path.appending(file)) ?? [], as: UTF8.self)
    }

    /// The lines of reprocess.jsonl as they came, each with its line end.
    func reprocess() throws -> String {
        try text("reprocess.jsonl").split(separator: "\n").map { line in
            guard let mark = line.firstRange(of: #","bobbin":{"job":""#) else {
                throw Unexpected("\(line) has no mark")
            }
            return line[..<mark.lowerBound] + "}\n"
        }.joined()
    }

    var files: [String] {
        get throws { try DurableFile.list(path).map { String(decoding: $0, as: UTF8.self) } }
    }

    /// A number of the report, by the names on the way to it.
    func count(_ names: String...) -> Int { names.reduce(report) { $0[$1] ?? .null }.int ?? -1 }

    func money(_ names: String...) -> Money {
        names.reduce(report) { $0[$1] ?? .null }.string.flatMap { Money(decimal: $0) } ?? Money(picodollars: -1)
    }
}

extension TestHouse {
    /// Finished jobs by place and name.
    func finished(_ place: String) throws -> [Finished] {
        let directory = spool.root.appending(place)
        return try DurableFile.list(directory).compactMap { JobID(String(decoding: $0, as: UTF8.self)) }.map { job in
            let path = directory.appending(job.name)
            let bytes = try DurableFile.read(path.appending("report.json")) ?? []
            return Finished(job: job, place: place, path: path, report: try JSONValue(parsing: bytes))
        }
    }

    /// The only finished directory there is.
    func only(_ place: String) throws -> Finished {
        let all = try finished(place)
        guard all.count == 1 else { throw Unexpected("\(all.count) directories in \(place)") }
        return all[0]
    }

    /// Waits until so many jobs have come to a place.
    func wait(for place: String, _ count: Int = 1) async throws {
        guard try await eventually({ try names(place).count >= count }) else {
            throw Unexpected("\(try names(place).count) directories in \(place), not \(count)")
        }
    }

    func names(_ place: String) throws -> [String] {
        try DurableFile.list(spool.root.appending(place)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The book of a day as its file says; the replay refuses a file in which any prefix exceeds the cap.
    /// The day that its clock shows.
    var today: CivilDate { TimeZoneRules.utc.day(at: clock.now) }

    func book(_ day: CivilDate? = nil, _ policy: BudgetPolicy = BudgetPolicy()) throws -> Budget.Day {
        let day = day ?? today
        let file = BudgetFile(day, in: spool.budget)
        var history = BudgetHistory(policy: policy)
        try history.replay(try file.read()?.records ?? [], of: file)
        return history.budget.days[day] ?? Budget.Day(cap: policy.day)
    }
}

struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
