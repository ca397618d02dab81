/* Parse a document with an attribute list. The input is a number and a text: the element that the list is for has
   the text so often, and an x, for its name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "expat.h"

int main(int argc, char **argv)
{
    char piece[32];
    unsigned times, at;
    FILE *input = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!input || fscanf(input, "%u %31s", &times, piece) != 2)
        return 2;
    fclose(input);

    char *document = malloc(times * strlen(piece) + 64), *end = document;
    end = stpcpy(end, "<!DOCTYPE r [<!ATTLIST ");
    for (at = 0; at < times; at++)
        end = stpcpy(end, piece);
    end = stpcpy(end, "x note CDATA \"\">]><r/>");
    XML_Parser parser = XML_ParserCreate(NULL);
    int status = XML_Parse(parser, document, (int)(end - document), 1);
    printf("%d: %s\n", status, XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
    free(document);
    return 0;
}
