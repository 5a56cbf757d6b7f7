import BatchCore

extension SimulatedAnswer {
    /// The error object of OpenAI's HTTP API, with the type and code that each status has there.
    static func error(status: Int, message: String? = nil, param: String? = nil) -> SimulatedAnswer {
        let (type, code) = kind(of: status)
        var json = JSONWriter()
        json.object { json in
            json.object("error") { json in
                json.member("message", message ?? "simulated: \(reason(of: status))")
                json.member("type", type)
                json.member("param", param)
                json.member("code", code)
            }
        }
        return SimulatedAnswer(status: status, body: json.bytes)
    }

    private static func kind(of status: Int) -> (type: String, code: String?) {
        switch status {
        case 401: ("invalid_request_error", "invalid_api_key")
        case 429: ("requests", "rate_limit_exceeded")
        case 500...: ("server_error", nil)
        default: ("invalid_request_error", nil)
        }
    }

    /// The reason phrase of the status line; no client may depend on it (RFC 9112, section 4).
    static func reason(of status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 529: "Overloaded"
        default: "Status \(status)"
        }
    }
}
