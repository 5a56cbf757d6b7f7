import BatchCore

// What `bobbin plan --similar` adds: a report, of which nothing else of the plan depends.
extension SimilarPrompts.Report {
    func write(to writer: inout JSONWriter) {
        writer.object("similar") { writer in
            writer.member("groups", groups)
            writer.member("lines", lines)
            writer.member("saved_usd", saved.decimal)
            writer.member("near_groups", nearGroups)
            writer.member("near_lines", nearLines)
            writer.member("near_saved_usd", nearSaved.decimal)
            writer.member("threshold", "\(SimilarPrompts.threshold)")
        }
    }

    var text: [String] {
        [
            "similar:     \(lines) prompts in \(groups) groups differ only in white space, case or a number; "
                + "one of each would save up to \(saved)",
            "near:        \(nearLines) more in \(nearGroups) groups resemble each other by "
                + "\(SimilarPrompts.threshold) or more (an estimate); one of each would save up to \(nearSaved) more",
        ]
    }
}
