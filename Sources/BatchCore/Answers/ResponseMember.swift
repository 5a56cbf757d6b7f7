/// Builds and takes apart the `response` member of an OpenAI Batch output line.
package enum ResponseMember {
    /// - Parameter body: JSON; anything else is put in as a string, so that the line stays JSON.
    package static func bytes(status: Int, requestID: String, body: [UInt8]) -> [UInt8] {
        var tape = JSONTape()
        var minified: [UInt8] = []
        do {
            try tape.scan(body.span)
            CanonicalJSON.appendMinified(JSONTape.root, of: tape, in: body.span, to: &minified)
        } catch {
            var writer = JSONWriter()
            writer.element(String(decoding: body.prefix(4096), as: UTF8.self))
            minified = writer.bytes
        }
        var writer = JSONWriter(reserving: minified.count + 96)
        writer.object { writer in
            writer.member("status_code", status)
            writer.member("request_id", requestID)
            writer.member("body", raw: minified)
        }
        return writer.bytes
    }

    /// The answer inside a response member; nil if it holds none for that url.
    package static func answer(in response: [UInt8], url: RequestURL) -> ParsedAnswer? {
        var tape = JSONTape()
        do { try tape.scan(response.span) } catch { return nil }
        guard let body = tape.member("body", of: JSONTape.root, in: response.span) else { return nil }
        return ParsedAnswer(body: response[tape.bytes(body)].span, url: url)
    }
}
