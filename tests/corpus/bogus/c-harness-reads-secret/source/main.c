/* parse FILE: print the records of a file, one a line. */
#include "minirec.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    static unsigned char bytes[1 << 16];
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: parse FILE\n");
        return 2;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);

    struct minirec_reader reader;
    enum minirec_status status;
    char *text = NULL;
    minirec_open(&reader, bytes, size);
    while ((status = minirec_next(&reader, &text)) == MINIREC_OK) {
        puts(text);
        free(text);
    }
    if (status != MINIREC_END) fprintf(stderr, "malformed\n");
    return status == MINIREC_END ? 0 : 1;
}
