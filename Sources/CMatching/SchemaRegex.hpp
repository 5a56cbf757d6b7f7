#pragma once

#include "Bounds.hpp"

#include <cstring>
#include <mutex>
#include <regex>
#include <stdexcept>
#include <unordered_map>

/// The patterns of a schema, each compiled once.
class PatternCache {
public:
    static thread_local const PatternCache *current;

    std::shared_ptr<CPattern> pattern(const std::string &text) const {
        const std::lock_guard<std::mutex> lock(m_mutex);
        auto &known = m_patterns[text];
        if (known) return known;
        auto fresh = std::make_shared<CPattern>();
        const std::string wrong = fresh->compile(text.data(), text.size(), CPatternSchema);
        if (!wrong.empty()) throw std::runtime_error("a pattern is no regular expression: " + wrong);
        return known = fresh;
    }

private:
    mutable std::mutex m_mutex;
    mutable std::unordered_map<std::string, std::shared_ptr<CPattern>> m_patterns;
};

// What the validator takes for std::regex and its friends. The names stand in `std` because that is where it looks.
namespace std {

class matching_regex {
public:
    matching_regex(const string &pattern) : m_pattern(PatternCache::current->pattern(pattern)) {}
    matching_regex(const char *pattern) : matching_regex(string(pattern)) {}

    bool find(const string &text, vector<pair<size_t, size_t>> *places) const {
        Bounds::step(1 + text.size() / 16);
        return m_pattern->find(text.data(), text.size(), 0, places);
    }

private:
    shared_ptr<CPattern> m_pattern;
};

class matching_smatch {
public:
    struct Group {
        string text;
        string str() const { return text; }
    };

    Group operator[](size_t group) const {
        return {m_text.substr(m_places[group].first, m_places[group].second - m_places[group].first)};
    }

private:
    string m_text;
    vector<pair<size_t, size_t>> m_places;

    friend bool regex_match(const string &, matching_smatch &, const matching_regex &);
};

inline bool regex_search(const string &text, const matching_regex &pattern) { return pattern.find(text, nullptr); }

// Both patterns that are matched as a whole begin with ^ and end with $.
inline bool regex_match(const string &text, const matching_regex &pattern) { return pattern.find(text, nullptr); }
inline bool regex_match(const string &text, matching_smatch &match, const matching_regex &pattern) {
    match.m_text = text;
    return pattern.find(text, &match.m_places);
}

}  // namespace std
