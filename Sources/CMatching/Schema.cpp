#define VALIJSON_USE_EXCEPTIONS 1
#include "SchemaRegex.hpp"

#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/utils/utf8_utils.hpp>
#include <valijson/validation_results.hpp>

namespace valijson {
namespace utils {
/// Characters of valid UTF-8: bytes that do not continue one.
inline uint64_t matching_length(const std::string &text) {
    uint64_t count = 0;
    for (const char byte : text) count += (byte & 0xC0) != 0x80;
    return count;
}
}  // namespace utils
}  // namespace valijson

// Three words are replaced in the headers that decide over a value. `std::regex` of libstdc++ recurses once for each
// character, so that a long string overflows the stack: the pattern goes to PCRE2. And the first thing that is asked
// of every subschema also counts a step, without which `allOf` beside `allOf` has no end. And the length of a string is
// that of the whole: its own function ends at a NUL, so that anything may stand behind one.
#define regex matching_regex
#define smatch matching_smatch
#define u8_strlen(terminated) matching_length(s)
#define getAlwaysInvalid() getAlwaysInvalid() || (Bounds::step(), false)
#include <valijson/validation_visitor.hpp>
#include <valijson/validator.hpp>
#undef getAlwaysInvalid
#undef u8_strlen
#undef smatch
#undef regex

#include "Value.hpp"

#include <set>

thread_local Bounds Bounds::current = {0, nullptr};
thread_local const PatternCache *PatternCache::current = nullptr;

struct CSchema {
    std::vector<CJSONNode> nodes;
    std::string strings;
    matching::Text text;
    valijson::Schema schema;
    /// Every member name of the schema: these may stand in a reason.
    std::set<std::string> names;
    PatternCache patterns;

    CSchema(const CJSONNode *from, size_t count, const char *bytes, size_t length)
        : nodes(from, from + count), strings(bytes, length), text(nodes.data(), count, strings.data()) {
        for (uint32_t node = 0; node < count; ++node) {
            if (nodes[node].kind != CJSONObject) continue;
            for (uint32_t i = 0; i < nodes[node].count; ++i)
                names.insert(text.string(text.children[text.first[node] + i]));
        }
        // A required member need not have a schema.
        for (const CJSONNode &node : nodes)
            if (node.kind == CJSONString && node.length <= 64)
                names.insert(std::string(strings, node.start, node.length));
    }
};

namespace {

/// The keyword that a description of valijson 1.0 comes from: its beginning, and the keyword.
const std::pair<const char *, const char *> keywords[] = {
    {"Array contains more items", "items"},
    {"Array should contain no fewer", "minItems"},
    {"Array should contain no more", "maxItems"},
    {"Elements at indexes", "uniqueItems"},
    {"Expected number greater than or equal", "minimum"},
    {"Expected number greater than ", "exclusiveMinimum"},
    {"Expected number less than or equal", "maximum"},
    {"Expected number less than ", "exclusiveMaximum"},
    {"Failed to any values", "contains"},
    {"Failed to match against any enum", "enum"},
    {"Failed to match expected value", "const"},
    {"Failed to match regex", "pattern"},
    {"Failed to validate against a conditional", "if"},
    {"Failed to validate against additional properties", "additionalProperties"},
    {"Failed to validate against any schemas", "anyOf"},
    {"Failed to validate against dependent", "dependencies"},
    {"Failed to validate against exactly one", "oneOf"},
    {"Missing dependency", "dependencies"},
    {"Missing required property", "required"},
    {"Object contains a property", "additionalProperties"},
    {"Object should have no fewer", "minProperties"},
    {"Object should have no more", "maxProperties"},
    {"String should be a valid", "format"},
    {"String should be no fewer", "minLength"},
    {"String should be no more", "maxLength"},
    {"Target should not validate", "not"},
    {"Value should be a multiple", "multipleOf"},
    {"Value type not permitted", "type"},
    {"Value could not be converted", "multipleOf"},
};

const char *keyword(const std::string &description) {
    for (const auto &entry : keywords)
        if (description.compare(0, strlen(entry.first), entry.first) == 0) return entry.second;
    return nullptr;
}

/// A JSON pointer made of a context, `<root>`, `[name]`, `[0]`; what no name of the schema is, is a star.
std::string pointer(const CSchema &schema, const std::vector<std::string> &context) {
    std::string pointer;
    for (size_t i = 1; i < context.size(); ++i) {
        const std::string name = context[i].size() > 2 ? context[i].substr(1, context[i].size() - 2) : "";
        const bool is_index =
            !name.empty() && name.size() < 12 && name.find_first_not_of("0123456789") == std::string::npos;
        std::string part = is_index || (name.size() <= 64 && schema.names.count(name)) ? name : "*";
        for (size_t at = 0; (at = part.find_first_of("~/", at)) != std::string::npos; at += 2)
            part.replace(at, 1, part[at] == '~' ? "~0" : "~1");
        pointer += "/" + part;
    }
    return pointer;
}

std::string explanation(const CSchema &schema, valijson::ValidationResults &results) {
    const valijson::ValidationResults::Error *best = nullptr;
    for (const auto &error : results)
        if (keyword(error.description) && (!best || error.context.size() > best->context.size())) best = &error;
    if (!best) return "it does not fit the schema";
    const std::string at = pointer(schema, best->context);
    std::string reason = (at.empty() ? "the whole" : at) + " breaks " + keyword(best->description);
    const std::string required = "Missing required property '";
    if (best->description.compare(0, required.size(), required) == 0) {
        const size_t length = best->description.rfind('\'') - required.size();
        const std::string name = best->description.substr(required.size(), length);
        if (name.size() <= 64 && schema.names.count(name)) reason += " (" + name + ")";
    }
    return reason;
}

/// The patterns of one call stand in the schema that it asks.
struct Call {
    explicit Call(const PatternCache &patterns) {
        Bounds::begin();
        PatternCache::current = &patterns;
    }
    ~Call() { PatternCache::current = nullptr; }
};

}  // namespace

CSchema *cschema_compile(
    const CJSONNode *nodes, size_t count, const char *strings, size_t length, int draft, char *reason,
    size_t capacity) noexcept {
    try {
        std::unique_ptr<CSchema> schema(new CSchema(nodes, count, strings ? strings : "", length));
        Call call(schema->patterns);
        valijson::SchemaParser parser(
            draft == 4 ? valijson::SchemaParser::kDraft4 : valijson::SchemaParser::kDraft7);
        parser.populateSchema(matching::Adapter(&schema->text, 0), schema->schema);
        return schema.release();
    } catch (const GaveUp &) {
        write_reason("it refers to itself without end, or is nested too deep", reason, capacity);
    } catch (const std::exception &error) {
        write_reason(error.what(), reason, capacity);
    }
    return nullptr;
}

CMatchingResult cschema_check(
    const CSchema *schema, const CJSONNode *nodes, size_t count, const char *strings, size_t length, char *reason,
    size_t capacity) noexcept {
    (void)length;
    try {
        Call call(schema->patterns);
        const matching::Text text(nodes, count, strings ? strings : "");
        const matching::Adapter value(&text, 0);
        valijson::Validator validator(valijson::Validator::kStrongTypes);
        if (validator.validate(schema->schema, value, nullptr)) return CMatchingYes;
        // Only what does not fit is asked a second time, for the reason. Where that takes too long there is none.
        write_reason("it does not fit the schema", reason, capacity);
        try {
            Bounds::begin();
            valijson::ValidationResults results;
            validator.validate(schema->schema, value, &results);
            write_reason(explanation(*schema, results), reason, capacity);
        } catch (const GaveUp &) {
        }
        return CMatchingNo;
    } catch (const std::exception &) {
        // What valijson throws on a value is a value it cannot read as a keyword wants it.
        write_reason("it cannot be compared with the schema", reason, capacity);
        return CMatchingNo;
    } catch (const GaveUp &) {
        return CMatchingGaveUp;
    }
}

void cschema_free(CSchema *schema) noexcept { delete schema; }
