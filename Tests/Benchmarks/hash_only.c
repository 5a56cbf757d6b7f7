// The floor below the scan: finds the ends of the lines of FILE, hashes each line, does nothing else. Prints
// ns of CPU time a line, lines, and a number that only keeps the work from being optimised away.
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct stat status;
    int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (file < 0 || fstat(file, &status) != 0) return 66;
    char *text = malloc((size_t)status.st_size);
    for (off_t at = 0; at < status.st_size;) {
        ssize_t got = read(file, text + at, (size_t)(status.st_size - at));
        if (got <= 0) return 74;
        at += got;
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) return 70;

    struct timespec begin, end;
    unsigned char digest[32], mix = 0;
    long lines = 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    for (char *line = text, *past = text + status.st_size, *stop; line < past; line = stop + 1) {
        stop = memchr(line, '\n', (size_t)(past - line));
        if (!stop) stop = past;
        if (EVP_DigestUpdate(context, line, (size_t)(stop - line)) != 1) return 70;
        if (EVP_DigestFinal_ex(context, digest, NULL) != 1) return 70;
        if (EVP_DigestInit_ex(context, NULL, NULL) != 1) return 70;
        mix ^= digest[0];
        lines++;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    double ns = (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
    printf("%.0f %ld %d\n", ns / (double)lines, lines, mix);
}
