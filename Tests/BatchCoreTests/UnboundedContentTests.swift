import BatchCore
import Testing

@Suite("What brings tokens from outside its line is refused: nothing would bound its cost")
struct UnboundedContentTests {
    @Test(
        "in a chat",
        arguments: [
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}}]}]}"#,
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"input_audio"}]}]}"#,
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{}}]}]}"#,
            #"{"model":"m","messages":[{"role":"user","content":[{"type":7}]}]}"#,
            #"{"model":"m","messages":[{"role":"user","content":[{"image_url":"http://127.0.0.1/a.png"}]}]}"#,
            #"{"model":"m","messages":[{"role":"user","content":{"type":"image_url"}}]}"#,
            #"{"model":"m","messages":[{"role":"assistant","audio":{"id":"audio_1"}}]}"#,
            #"{"model":"m","messages":[],"web_search_options":{}}"#,
            #"{"model":"m","messages":[],"audio":{"voice":"a"}}"#,
            #"{"model":"m","messages":[],"modalities":["text","audio"]}"#,
            #"{"model":"m","messages":[],"prediction":{"type":"content","content":"a"}}"#,
            #"{"model":"m","messages":[],"tools":[{"type":"function"},{"type":"web_search"}]}"#,
            #"{"model":"m","messages":[],"tools":[{"google_search":{}}]}"#,
            #"{"model":"m","messages":[],"tools":{"a":{"type":"web_search"}}}"#,
            #"{"model":"m","messages":[],"models":["dearer"]}"#,
            #"{"model":"m","messages":[],"fallbacks":["dearer"]}"#,
            #"{"model":"m","messages":[],"context_window_fallbacks":[{"m":["dearer"]}]}"#,
            #"{"model":"m","messages":[],"content_policy_fallbacks":[{"m":["dearer"]}]}"#,
            #"{"model":"m","messages":[],"router_settings_override":{"fallbacks":[{"m":["dearer"]}]}}"#,
            #"{"model":"m","messages":[],"user_config":{"model_list":[]}}"#,
            #"{"model":"m","messages":[],"preset":"dearer"}"#,
            #"{"model":"m","messages":[],"plugins":[{"id":"web"}]}"#,
            #"{"model":"m","messages":[],"search_parameters":{"mode":"on"}}"#,
            #"{"model":"m","messages":[],"enable_search":true}"#,
            #"{"model":"m","\u006dessages":[{"content":[{"t\u0079pe":"image_url"}]}]}"#,
        ])
    func chat(body: String) {
        #expect(Sample.refusal(of: Sample.line(body))?.code == .unboundedContent, "\(body)")
    }

    @Test(
        "in a response",
        arguments: [
            #"{"model":"m","input":"a","previous_response_id":"r"}"#,
            #"{"model":"m","input":"a","conversation":"c"}"#,
            #"{"model":"m","input":"a","prompt":{"id":"p"}}"#,
            #"{"model":"m","input":[{"type":"item_reference","id":"i"}]}"#,
            #"{"model":"m","input":[{"id":"i"}]}"#,
            #"{"model":"m","input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]}"#,
            #"{"model":"m","input":[{"type":"function_call_output","call_id":"c","output":[{"type":"input_image"}]}]}"#,
            #"{"model":"m","input":[{"type":"computer_call_output","output":{"type":"computer_screenshot"}}]}"#,
            #"{"model":"m","input":"a","tools":[{"type":"file_search"}]}"#,
            #"{"model":"m","input":"a","tools":[{"type":"mcp"}]}"#,
        ])
    func responses(body: String) {
        #expect(Sample.refusal(of: Sample.line(body, url: "/v1/responses"))?.code == .unboundedContent, "\(body)")
    }

    @Test(
        "text in all its forms is taken",
        arguments: [
            (
                "/v1/chat/completions",
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]}"#
            ),
            ("/v1/chat/completions", #"{"model":"m","messages":[{"role":"user","content":["a","b"]}]}"#),
            (
                "/v1/chat/completions",
                #"{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[]}]}"#
            ),
            (
                "/v1/chat/completions",
                #"{"model":"m","messages":[{"role":"assistant","content":[{"type":"refusal"}]}]}"#
            ),
            (
                "/v1/chat/completions",
                #"{"model":"m","messages":[],"modalities":["text"],"audio":null,"prediction":null}"#
            ),
            (
                "/v1/chat/completions",
                #"{"model":"m","messages":[],"tools":[{"type":"function","function":{"name":"f"}}]}"#
            ),
            ("/v1/chat/completions", #"{"model":"m","messages":[],"tools":null,"models":null,"enable_search":false}"#),
            ("/v1/responses", #"{"model":"m","input":[{"role":"user","content":"a"}]}"#),
            (
                "/v1/responses",
                #"{"model":"m","input":[{"type":"message","role":"user","content":[{"type":"input_text"}]}]}"#
            ),
            (
                "/v1/responses",
                #"{"model":"m","input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]}"#
            ),
            ("/v1/responses", #"{"model":"m","input":[{"type":"function_call_output","call_id":"c","output":"4"}]}"#),
            ("/v1/responses", #"{"model":"m","input":"a","background":false,"previous_response_id":null}"#),
            ("/v1/embeddings", #"{"model":"m","input":["a","b"]}"#),
            ("/v1/embeddings", #"{"model":"m","input":[[1,2],[3]]}"#),
            ("/v1/completions", #"{"model":"m","prompt":"a"}"#),
        ])
    func text(url: String, body: String) throws {
        _ = try Sample.body(body, url: url)
    }
}
