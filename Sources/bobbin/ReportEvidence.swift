import BatchCore
import Daemon

/// What stands behind the verdict on a shard, for a person. Everything in it that others wrote is shown, not obeyed.
extension Report {
    func evidence(of shard: JSONValue) -> [String] {
        var lines: [String] = []
        if let rates = shard["estimate"].flatMap(rates) { lines.append("    defect rate \(rates)") }
        if let sample = shard["sample"], let rates = sample["estimate"].flatMap(rates) {
            func count(_ name: String) -> Int { sample[name]?.int ?? 0 }
            lines.append(
                "    judge: \(count("defective")) of \(count("sampled")) sampled from \(count("lot")) that passed the "
                    + "checks did not pass: \(rates)")
        }
        let found = (shard["defects_by_check"]?.members ?? []).map { "\($0.name) \($0.value.int ?? 0)" }
        if !found.isEmpty { lines.append("    found by: " + SafeText.escaped(found.joined(separator: ", "))) }
        for example in shard["examples"]?.array ?? [] { lines += self.lines(of: example) }
        return lines
    }

    /// An estimate in words; nil: it has no rate.
    private func rates(_ estimate: JSONValue) -> String? {
        guard let rate = estimate["rate"]?.double else { return nil }
        func percent(_ name: String) -> String { "\((estimate[name]?.double ?? 0).tenthsOfPercent) %" }
        let (low, high) = (percent("low"), percent("high"))
        return "\(rate.tenthsOfPercent) %" + (low == high ? "" : ", \(low) to \(high)")
            + "; more answers of its kind: \(percent("process_low")) to \(percent("process_high"))"
            + " (\(percent("confidence")) confidence)"
    }

    private func lines(of example: JSONValue) -> [String] {
        func text(_ name: String) -> String { SafeText.escaped(example[name]?.string ?? "") }
        let answer = text("answer")
        let shown = example["answer"]?.string?.unicodeScalars.count ?? 0
        let all = example["answer_characters"]?.int ?? 0
        let name = example["custom_id"]?.string == nil ? "without custom_id" : text("custom_id")
        let head = "    line \(example["line"]?.int ?? 0), \(name): \(text("check")): \(text("reason"))"
        if answer.isEmpty { return [head] }
        return [head, "      | \(answer)" + (all > shown ? " … (\(all) characters)" : "")]
    }
}

extension Double {
    fileprivate var tenthsOfPercent: Double { (self * 1000).rounded() / 10 }
}
