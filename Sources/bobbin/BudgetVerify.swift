import ArgumentParser
import BatchCore
import Daemon
import Ledgers
import Pipeline
import Spooling

extension BudgetCommand {
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Recomputes every sum and checksum, and compares the books with the files of the jobs.")
        @OptionGroup var day: DayOption
        @OptionGroup var shared: SharedOptions

        func run() async throws {
            let (spool, policies) = try shared.house()
            let days = day.day == nil ? try BudgetFile.days(in: spool.budget) : [try day.value(policies)]
            let books = try BookCheck(spool, policies)
            var results: [(day: CivilDate, records: Int)] = []
            for day in days {
                guard let records = books.records[day] else {
                    throw Failure.badInput(
                        "\(BudgetFile(day, in: spool.budget).path): there is no budget file of that day")
                }
                results.append((day, records))
            }
            let differences = books.differences
            if shared.json {
                Terminal.say(json(results, differences, jobs: books.comparedJobs))
            } else {
                for (day, records) in results {
                    Terminal.say("\(day): \(records) records, all sums and checksums are right")
                }
                Terminal.say("\(books.comparedJobs) jobs compared with their files")
                for difference in differences { Terminal.say(difference) }
            }
            if !differences.isEmpty {
                throw Failure.badInput("\(differences.count) differences between the books and the files of the jobs")
            }
        }

        private func json(_ days: [(day: CivilDate, records: Int)], _ differences: [String], jobs: Int) -> String {
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("ok", differences.isEmpty)
                writer.array("days") { writer in
                    for (day, records) in days {
                        writer.object { writer in
                            writer.member("day", day.description)
                            writer.member("records", records)
                        }
                    }
                }
                writer.member("jobs", jobs)
                writer.array("differences") { writer in for difference in differences { writer.element(difference) } }
            }
            return writer.text
        }
    }
}
