import CCurl

/// Sets options on an easy handle and remembers the first one that libcurl did not take.
struct CurlOptions {
    private let handle: UnsafeMutableRawPointer
    private var firstFailure = CURLE_OK

    init(_ handle: UnsafeMutableRawPointer) {
        self.handle = handle
    }

    /// libcurl's words, or nil if it took every option.
    var failure: String? {
        firstFailure == CURLE_OK ? nil : String(cString: curl_easy_strerror(firstFailure))
    }

    mutating func note(_ code: CURLcode) {
        if firstFailure == CURLE_OK { firstFailure = code }
    }

    mutating func set(_ option: CURLoption, _ value: Int) {
        note(ccurl_set_long(handle, option, value))
    }

    mutating func set(_ option: CURLoption, bytes: Int) {
        note(ccurl_set_offset(handle, option, bytes))
    }

    /// libcurl copies the string.
    mutating func set(_ option: CURLoption, _ value: String) {
        note(ccurl_set_string(handle, option, value))
    }

    /// Takes a default string back.
    mutating func clear(_ option: CURLoption) {
        note(ccurl_set_string(handle, option, nil))
    }

    /// libcurl keeps the pointer until the handle is reset and never frees it.
    mutating func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer) {
        note(ccurl_set_pointer(handle, option, value))
    }

    /// libcurl keeps the list until the handle is reset; the caller frees it after that.
    mutating func set(_ option: CURLoption, _ value: UnsafeMutablePointer<curl_slist>) {
        note(ccurl_set_list(handle, option, value))
    }
}
