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
    if (argc != 2) return 2;
    minirec_open(&reader, bytes, load(argv[1]));
    while (minirec_next(&reader, &text) == MINIREC_OK) {
        char *copy = malloc(16);
        strcpy(copy, text);
        puts(copy);
        free(copy);
        free(text);
    }
    return 0;
}
