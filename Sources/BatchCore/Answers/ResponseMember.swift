/// Builds and takes apart the `response` member of an OpenAI Batch output line.
package enum ResponseMember {
    /// Containers that may stand around a body, in our files and in those of whoever reads them.
    private static let envelopeDepth = 8

    /// - Parameter body: JSON; anything else is put in as a string, so that the line stays JSON. So is JSON that is
    ///   nested so deep that it could not be read again from within a line.
    package static func bytes(status: Int, requestID: String, body: [UInt8]) -> [UInt8] {
        var tape = JSONTape()
        var minified: [UInt8] = []
        do throws(JSONError) {
            try tape.scan(body.span)
            guard tape.depth <= JSONTape.depthLimit - envelopeDepth else {
                throw JSONError(offset: 0, reason: "it is nested too deep for a line")
            }
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

    /// The body inside a response member, as it stands there; nil if it has none.
    package static func body(of response: [UInt8]) -> [UInt8]? {
        var tape = JSONTape()
        do { try tape.scan(response.span) } catch { return nil }
        return tape.member("body", of: JSONTape.root, in: response.span).map { Array(response[tape.bytes($0)]) }
    }

    /// The answer inside a response member; nil if it holds none for that url.
    package static func answer(in response: [UInt8], url: RequestURL) -> ParsedAnswer? {
        var tape = JSONTape()
        do { try tape.scan(response.span) } catch { return nil }
        guard let body = tape.member("body", of: JSONTape.root, in: response.span) else { return nil }
        return ParsedAnswer(body: response[tape.bytes(body)].span, url: url)
    }

    /// The body inside a response member as it stands there; empty if there is none.
    package static func body(of response: [UInt8]) -> String {
        var tape = JSONTape()
        do { try tape.scan(response.span) } catch { return "" }
        guard let body = tape.member("body", of: JSONTape.root, in: response.span) else { return "" }
        return String(decoding: response[tape.bytes(body)], as: UTF8.self)
    }
}
