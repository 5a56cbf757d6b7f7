#include "Pattern.hpp"

#include <cstring>

namespace {

constexpr size_t longest_pattern = 64 << 10;

/// A tenth of the library's own limit: what needs more backtracking than this is a pattern that explodes.
constexpr uint32_t match_limit = 1000000;
constexpr uint32_t heap_limit_kib = 64 << 10;

/// Room for a match, one for each thread that has ever asked for one.
struct Scratch {
    pcre2_match_data *data = pcre2_match_data_create(16, nullptr);
    pcre2_match_context *context = pcre2_match_context_create(nullptr);

    Scratch() {
        if (!context) return;
        pcre2_set_match_limit(context, match_limit);
        pcre2_set_heap_limit(context, heap_limit_kib);
    }
    ~Scratch() {
        pcre2_match_data_free(data);
        pcre2_match_context_free(context);
    }
};

}  // namespace

std::string CPattern::compile(const char *bytes, size_t length, CPatternDialect dialect) {
    if (length > longest_pattern) return "it is longer than 64 KiB";
    const uint32_t options =
        dialect == CPatternPerl
            ? PCRE2_UTF | PCRE2_UCP
            : PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_ALT_BSUX;
    // \C reads single bytes of a character, after which nothing is UTF-8 any more.
    std::unique_ptr<pcre2_compile_context, void (*)(pcre2_compile_context *)> context(
        pcre2_compile_context_create(nullptr), pcre2_compile_context_free);
    if (dialect == CPatternSchema && context)
        pcre2_set_compile_extra_options(context.get(), PCRE2_EXTRA_ALT_BSUX);
    int error = 0;
    PCRE2_SIZE place = 0;
    code.reset(pcre2_compile(
        reinterpret_cast<PCRE2_SPTR>(bytes), length, options | PCRE2_NEVER_BACKSLASH_C, &error, &place, context.get()));
    if (!code) {
        PCRE2_UCHAR message[256] = {};
        pcre2_get_error_message(error, message, sizeof message);
        return std::string(reinterpret_cast<const char *>(message)) + " (at byte " + std::to_string(place) + ")";
    }
    // Where no memory may be made executable there is no JIT, and the same pattern is interpreted.
    pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
    return "";
}

bool CPattern::find(
    const char *bytes, size_t length, size_t from, std::vector<std::pair<size_t, size_t>> *places) const {
    static thread_local Scratch scratch;
    if (!scratch.data || !scratch.context) throw GaveUp();
    const auto text = reinterpret_cast<PCRE2_SPTR>(bytes ? bytes : "");
    int found = pcre2_match(code.get(), text, length, from, PCRE2_NO_UTF_CHECK, scratch.data, scratch.context);
    // Compiled code has 32 KiB of stack; the interpreter takes its memory from the heap, within its limit.
    if (found == PCRE2_ERROR_JIT_STACKLIMIT)
        found = pcre2_match(
            code.get(), text, length, from, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, scratch.data, scratch.context);
    if (found == PCRE2_ERROR_NOMATCH) return false;
    if (found < 0) throw GaveUp();
    if (places) {
        const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(scratch.data);
        const size_t count = found == 0 ? 16 : size_t(found);
        places->clear();
        for (size_t i = 0; i < count; ++i) places->emplace_back(bounds[2 * i], bounds[2 * i + 1]);
    }
    return true;
}

void write_reason(const std::string &text, char *reason, size_t capacity) {
    if (capacity == 0) return;
    size_t length = text.size() < capacity ? text.size() : capacity - 1;
    // Not through the middle of a character.
    while (length < text.size() && length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
    std::memcpy(reason, text.data(), length);
    for (size_t i = 0; i < length; ++i)
        if (static_cast<unsigned char>(reason[i]) < 0x20 || reason[i] == 0x7F) reason[i] = ' ';
    reason[length] = 0;
}

CPattern *cpattern_compile(
    const char *bytes, size_t length, CPatternDialect dialect, char *reason, size_t reason_capacity) noexcept {
    std::unique_ptr<CPattern> pattern(new CPattern());
    const std::string wrong = pattern->compile(bytes ? bytes : "", length, dialect);
    if (wrong.empty()) return pattern.release();
    write_reason(wrong, reason, reason_capacity);
    return nullptr;
}

CMatchingResult cpattern_find(
    const CPattern *pattern, const char *bytes, size_t length, size_t from, size_t *start, size_t *end) noexcept {
    try {
        static thread_local std::vector<std::pair<size_t, size_t>> places;
        if (!pattern->find(bytes, length, from, &places)) return CMatchingNo;
        *start = places[0].first;
        *end = places[0].second;
        return CMatchingYes;
    } catch (const GaveUp &) {
        return CMatchingGaveUp;
    }
}

void cpattern_free(CPattern *pattern) noexcept { delete pattern; }
