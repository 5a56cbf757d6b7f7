// The least that reading FILE can cost: one thread reads it in pieces of a megabyte, finds the ends of the lines, hashes
// each line, and does nothing else. Prints the lines and a number that only keeps the work from being optimised away.
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char piece[1 << 20];

int main(int argc, char **argv) {
    int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (file < 0 || !context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) return 66;
    unsigned char digest[32], mix = 0;
    long lines = 0;
    size_t kept = 0;
    ssize_t got;
    while ((got = read(file, piece + kept, sizeof piece - kept)) > 0) {
        char *line = piece, *past = piece + kept + got, *stop;
        while ((stop = memchr(line, '\n', (size_t)(past - line)))) {
            if (EVP_DigestUpdate(context, line, (size_t)(stop - line)) != 1) return 70;
            if (EVP_DigestFinal_ex(context, digest, NULL) != 1) return 70;
            if (EVP_DigestInit_ex(context, NULL, NULL) != 1) return 70;
            mix ^= digest[0];
            lines++;
            line = stop + 1;
        }
        kept = (size_t)(past - line);
        if (kept == sizeof piece) return 65;
        memmove(piece, line, kept);
    }
    if (got < 0) return 74;
    printf("%ld lines, %d\n", lines, mix);
}
