/// `review.json` of a job that waits for a person: the shards that are to be decided, and the answers to be looked at.
package struct ReviewRequest: Equatable, Sendable {
    package struct Shard: Equatable, Sendable {
        package var number: Int
        package var role: ShardPlan.Role
        /// By the gate.
        package var isAccepted: Bool
        package var reasons: [String]
        /// Answers, and those of them that the gate found defective.
        package var checked: Int
        package var defects: Int

        package init(
            number: Int, role: ShardPlan.Role, isAccepted: Bool, reasons: [String], checked: Int, defects: Int
        ) {
            self.number = number
            self.role = role
            self.isAccepted = isAccepted
            self.reasons = reasons
            self.checked = checked
            self.defects = defects
        }
    }

    package struct Line: Equatable, Sendable {
        package var line: Int
        package var shard: Int
        /// The number of the file that holds the answer: another one than its shard's where the line was escalated.
        package var file: Int
        /// Where the line stands in the input, in bytes.
        package var offset: Int
        package var length: Int
        /// What the gate found; nil: nothing.
        package var defect: String?

        package init(line: Int, shard: Int, file: Int? = nil, offset: Int, length: Int, defect: String?) {
            self.line = line
            self.shard = shard
            self.file = file ?? shard
            self.offset = offset
            self.length = length
            self.defect = defect
        }
    }

    /// The good answers of these shards, of which a sample is looked at.
    package struct Lot: Equatable, Sendable {
        package var answers: Int
        /// So many bad ones in the sample are no reason to reject.
        package var allowed: Int

        package init(answers: Int, allowed: Int) {
            self.answers = answers
            self.allowed = allowed
        }
    }

    package var shards: [Shard]
    package var lines: [Line]
    /// nil: no sample is asked for.
    package var lot: Lot?
    /// A shard with this share of defective answers, or a larger one, is rejected.
    package var rejectable: Double

    package init(shards: [Shard], lines: [Line], lot: Lot?, rejectable: Double) {
        self.shards = shards
        self.lines = lines
        self.lot = lot
        self.rejectable = rejectable
    }
}

extension ReviewRequest {
    package var record: [UInt8] {
        var writer = JSONWriter(reserving: 1024)
        writer.object { writer in
            writer.member("v", 1)
            writer.member("rejectable", rejectable)
            if let lot {
                writer.object("lot") { writer in
                    writer.member("answers", lot.answers)
                    writer.member("allowed", lot.allowed)
                }
            }
            writer.array("shards") { writer in for shard in shards { writer.object(shard.write) } }
            writer.array("lines") { writer in for line in lines { writer.object(line.write) } }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// Reads what `record` writes; nil for anything else.
    package init?(record: [UInt8]) {
        let value: JSONValue
        do { value = try JSONValue(parsing: record) } catch { return nil }
        guard value["v"]?.int == 1, let rejectable = value["rejectable"]?.double,
            let shards = value["shards"]?.array, let lines = value["lines"]?.array
        else { return nil }
        var lot: Lot?
        if let stated = value["lot"] {
            guard let answers = stated["answers"]?.int, let allowed = stated["allowed"]?.int else { return nil }
            lot = Lot(answers: answers, allowed: allowed)
        }
        self.init(
            shards: shards.compactMap { Shard($0) }, lines: lines.compactMap { Line($0) }, lot: lot,
            rejectable: rejectable)
        guard self.shards.count == shards.count, self.lines.count == lines.count else { return nil }
    }
}

extension ReviewRequest.Shard {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("shard", number)
        writer.member("role", role.rawValue)
        writer.member("accepted", isAccepted)
        writer.array("reasons") { writer in for reason in reasons { writer.element(reason) } }
        writer.member("checked", checked)
        writer.member("defects", defects)
    }

    fileprivate init?(_ value: JSONValue) {
        guard let number = value["shard"]?.int,
            let role = value["role"]?.string.flatMap(ShardPlan.Role.init(rawValue:)),
            let isAccepted = value["accepted"]?.bool, let reasons = value["reasons"]?.array,
            let checked = value["checked"]?.int, let defects = value["defects"]?.int
        else { return nil }
        self.init(
            number: number, role: role, isAccepted: isAccepted, reasons: reasons.compactMap(\.string),
            checked: checked, defects: defects)
    }
}

extension ReviewRequest.Line {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("line", line)
        writer.member("shard", shard)
        if file != shard { writer.member("file", file) }
        writer.member("offset", offset)
        writer.member("length", length)
        if let defect { writer.member("defect", defect) }
    }

    fileprivate init?(_ value: JSONValue) {
        guard let line = value["line"]?.int, let shard = value["shard"]?.int, let offset = value["offset"]?.int,
            let length = value["length"]?.int
        else { return nil }
        self.init(
            line: line, shard: shard, file: value["file"]?.int, offset: offset, length: length,
            defect: value["defect"]?.string)
    }
}
