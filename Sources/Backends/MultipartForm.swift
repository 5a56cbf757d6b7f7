/// A form with one file (RFC 7578), as upload interfaces want it.
struct MultipartForm {
    let body: [UInt8]
    let contentType: String

    /// - Parameter name: of the file; without a quote or a control character in it.
    init(fields: [(name: String, value: String)], file: [UInt8], named name: String) {
        // Its 128 random bits stand in no file that did not look for them.
        let boundary =
            "bobbin-\(String(UInt64.random(in: .min ... .max), radix: 36))"
            + String(UInt64.random(in: .min ... .max), radix: 36)
        var body: [UInt8] = []
        body.reserveCapacity(file.count + 512)
        for field in fields {
            body +=
                "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field.name)\"\r\n\r\n\(field.value)\r\n".utf8
        }
        body +=
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n"
            .utf8
        body += "Content-Type: application/jsonl\r\n\r\n".utf8
        body += file
        body += "\r\n--\(boundary)--\r\n".utf8
        self.body = body
        // Without the usual blank, which no header value of ours has.
        contentType = "multipart/form-data;boundary=\(boundary)"
    }
}
