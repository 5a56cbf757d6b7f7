/// Turns an answer of /v1/messages into one of a chat, for whoever asked for a chat.
package enum MessagesToChat {
    /// - Parameter created: Unix seconds; an answer of /v1/messages has no time.
    /// - Returns: nil if the body is no answer of /v1/messages.
    package static func body(_ body: [UInt8], created: Int64) -> [UInt8]? {
        let message: JSONValue
        do throws(JSONError) { message = try JSONValue(parsing: body) } catch { return nil }
        guard message["error"].map({ $0 == .null }) ?? true, let blocks = message["content"]?.array else { return nil }
        var tape = JSONTape()
        do throws(JSONError) { try tape.scan(body.span) } catch { return nil }
        var writer = JSONWriter(reserving: body.count + 256)
        writer.object { writer in
            writer.member("id", message["id"]?.string ?? "")
            writer.member("object", "chat.completion")
            writer.member("created", Int(created))
            writer.member("model", message["model"]?.string ?? "")
            writer.array("choices") { writer in
                writer.object { writer in
                    writer.member("index", 0)
                    writer.object("message") { write(blocks, to: &$0) }
                    writer.member("logprobs", raw: JSONValue.null)
                    writer.member("finish_reason", message["stop_reason"]?.string.map(StopReason.finishReason))
                }
            }
            if let usage = ReportedUsage(in: tape, body.span, url: .messages) { write(usage, to: &writer) }
        }
        return writer.bytes
    }

    /// Its thoughts are left out: a chat does not tell them either.
    private static func write(_ blocks: [JSONValue], to writer: inout JSONWriter) {
        let texts = blocks.filter { $0["type"]?.string == "text" }.compactMap { $0["text"]?.string }
        let calls = blocks.filter { $0["type"]?.string == "tool_use" }
        writer.member("role", "assistant")
        writer.member("content", texts.isEmpty && !calls.isEmpty ? nil : texts.joined())
        writer.member("refusal", raw: JSONValue.null)
        guard !calls.isEmpty else { return }
        writer.array("tool_calls") { writer in
            for call in calls {
                writer.object { writer in
                    writer.member("id", call["id"]?.string ?? "")
                    writer.member("type", "function")
                    writer.object("function") { writer in
                        writer.member("name", call["name"]?.string ?? "")
                        var arguments = JSONWriter()
                        arguments.element(raw: call["input"] ?? .object([]))
                        writer.member("arguments", arguments.text)
                    }
                }
            }
        }
    }

    /// As stated, and in the names of a chat: what contradicts itself still does, for the books to see.
    private static func write(_ usage: ReportedUsage, to writer: inout JSONWriter) {
        guard !usage.isAbsurd else {
            // Said in a way in which it stays absurd.
            return writer.object("usage") { writer in
                writer.member("prompt_tokens", -1)
                writer.member("completion_tokens", usage.output ?? -1)
            }
        }
        writer.object("usage") { writer in
            if let input = usage.input { writer.member("prompt_tokens", input) }
            if let output = usage.output { writer.member("completion_tokens", output) }
            writer.member("total_tokens", (usage.input ?? 0) + (usage.output ?? 0))
            writer.object("prompt_tokens_details") { writer in
                writer.member("cached_tokens", usage.cached)
                writer.member("cache_write_tokens", usage.cacheWrite)
            }
        }
    }
}
