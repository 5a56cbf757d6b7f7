// Reads lines `BITS,NUMBER` and prints each double by an independent printer, the one of V8 (Debian's double-conversion):
// Grisu3 with a bignum for what it leaves open. Ends with 1 at the first line that differs.
#include <double-conversion/double-conversion.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
    const auto &es6 = double_conversion::DoubleToStringConverter::EcmaScriptConverter();
    static char line[128];
    uint64_t lines = 0;
    while (fgets(line, sizeof line, stdin)) {
        char *number = strchr(line, ',');
        char *end = strchr(line, '\n');
        if (!number || !end) return fprintf(stderr, "no such line: %s\n", line), 1;
        *number++ = 0;
        *end = 0;
        const uint64_t bits = strtoull(line, nullptr, 16);
        double value;
        memcpy(&value, &bits, sizeof value);
        char buffer[64];
        double_conversion::StringBuilder printed(buffer, sizeof buffer);
        es6.ToShortest(value, &printed);
        if (const char *expected = printed.Finalize(); strcmp(expected, number)) {
            return fprintf(stderr, "%s is printed as %s, and should be %s\n", line, number, expected), 1;
        }
        lines++;
    }
    printf("%" PRIu64 " numbers as V8 prints them\n", lines);
    return lines == 0;
}
