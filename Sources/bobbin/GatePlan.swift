import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Gates
import Pipeline
import SystemPackage

extension SamplePolicy.Plan: ExpressibleByArgument {}

extension GateCommand {
    struct Plan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How a shard is sampled: how likely it is accepted, and what is looked at.",
            discussion: """
                Prints the operating characteristic curve of the plan that [sample] of gate.toml comes to for one \
                shard, computed exactly (hypergeometric, without putting back): what share of defective answers is \
                accepted with which probability, and how many answers are looked at on average.

                Single and double plans have the form of ISO 2859-1; acceptable and rejectable quality, with their \
                risks alpha and beta, are those of ISO 2859-2 and of Dodge and Romig (1929). Sequential plans are \
                Wald's probability ratio test (Sequential Analysis, 1947) with an end. Where no sample of the shard \
                keeps both risks, all of it is looked at.
                """)

        @Option(help: "Answers in the shard; shard_lines of the lane where none are given.")
        var lot: Int?

        @Option(help: "The lane whose gate it is.")
        var lane: String = Lane.defaultName

        @Option(help: "single, double or sequential, instead of the one in gate.toml.")
        var plan: SamplePolicy.Plan?

        @Option(help: "Write the curves of all three plans to this file, as a picture.")
        var svg: String?

        @OptionGroup var shared: SharedOptions

        /// A sequential plan is computed answer by answer.
        private static let largestLot = 1_000_000

        func run() async throws {
            let (_, policies) = try shared.house()
            try Submission.check(lane: lane, policies)
            var policy = policies.gates[lane].policy.sample
            if let plan { policy.plan = plan }
            let lot = lot ?? policies.lane(lane).shardLines
            guard (1...Self.largestLot).contains(lot) else {
                throw Failure.usage("--lot \(lot): a shard has from 1 to \(Self.largestLot) answers")
            }
            let curve = PlanCurve(policy, lot: lot, points: 20)
            let all = SamplePolicy.Plan.allCases.map { kind in
                var other = policy
                other.plan = kind
                return kind == policy.plan ? curve : PlanCurve(other, lot: lot, points: 20)
            }
            if let svg {
                let picture = CurvePicture(all, chosen: policy.plan, policy).svg
                try DurableFile.publish(Array(picture.utf8), to: FilePath(svg), durable: false, mode: 0o644)
            }
            if shared.json {
                Terminal.say(json(curve, all, policy))
            } else {
                for line in text(curve, all, policy) { Terminal.say(line) }
            }
        }

        private func json(_ curve: PlanCurve, _ all: [PlanCurve], _ policy: SamplePolicy) -> String {
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("lot", curve.plan.lot)
                writer.member("plan", policy.plan.rawValue)
                writer.member("acceptable", policy.acceptable)
                writer.member("rejectable", policy.rejectable)
                writer.member("alpha", policy.alpha)
                writer.member("beta", policy.beta)
                writer.member("acceptable_defects", curve.acceptable.defective)
                writer.member("rejectable_defects", curve.rejectable.defective)
                writer.member("true_alpha", curve.alpha)
                writer.member("true_beta", curve.beta)
                writer.member("inspects_all", curve.plan.isCensus)
                writer.array("stages") { writer in
                    for stage in curve.plan.stages {
                        writer.object { writer in
                            writer.member("inspected", stage.inspected)
                            writer.member("acceptance", stage.acceptance)
                            writer.member("rejection", stage.rejection)
                        }
                    }
                }
                writer.array("curve") { writer in
                    for point in curve.points {
                        writer.object { writer in
                            writer.member("defects", point.defective)
                            writer.member("rate", point.rate)
                            writer.member("accepted", point.course.acceptance)
                            writer.member("average_sample", point.course.averageSample)
                        }
                    }
                }
                writer.array("costs") { writer in
                    for cost in all {
                        writer.object { writer in
                            writer.member("plan", cost.plan.kind.rawValue)
                            writer.member("largest", cost.plan.largestSample)
                            writer.member("average_acceptable", cost.acceptable.course.averageSample)
                            writer.member("average_rejectable", cost.rejectable.course.averageSample)
                            writer.member("average_dearest", cost.dearest)
                        }
                    }
                }
            }
            return writer.text
        }
    }
}
