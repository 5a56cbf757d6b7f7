/// Why a configuration was not taken: everything that is wrong with its four files, not only the first thing.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// In the order of the files (bobbin, budget, models, gate), then of their lines; never empty.
    package let problems: [Problem]

    package init(problems: [Problem]) {
        precondition(!problems.isEmpty, "an error names what is wrong")
        self.problems = problems
    }

    package struct Problem: Equatable, Sendable, CustomStringConvertible {
        /// The path of the file, or of the directory where that is what is missing.
        package let file: String
        /// From 1; nil where the file as a whole is meant.
        package let line: Int?
        /// From 1, in characters; known for syntax errors only.
        package let column: Int?
        /// What is wrong and what to write instead. Lines after the first are an example, indented.
        /// Never a value that may be a secret: those are refused without being repeated.
        package let message: String

        package init(file: String, line: Int? = nil, column: Int? = nil, message: String) {
            self.file = file
            self.line = line
            self.column = column
            self.message = message
        }

        /// `FILE:LINE: message`, `FILE:LINE:COLUMN: message` or `FILE: message`.
        package var description: String {
            let place = [file] + [line, column].compactMap { $0.map(String.init) }
            return "\(place.joined(separator: ":")): \(message)"
        }
    }

    /// One problem a line.
    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
