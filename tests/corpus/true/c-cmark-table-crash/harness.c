/* Render a comment with tables. In the input each line is a number and a text, repeated so often on one line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmark-gfm.h"
#include "cmark-gfm-extension_api.h"
#include "cmark-gfm-core-extensions.h"
#include "registry.h"

int main(int argc, char **argv) {
  char text[64];
  unsigned times;
  FILE *comment = argc == 2 ? fopen(argv[1], "r") : NULL;
  if (!comment) return 2;

  cmark_gfm_core_extensions_ensure_registered();
  cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
  cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension("table"));
  while (fscanf(comment, "%u %63s", &times, text) == 2) {
    size_t length = strlen(text);
    char *line = malloc(times * length + 1);
    for (unsigned at = 0; at < times; at++) memcpy(line + at * length, text, length);
    line[times * length] = '\n';
    cmark_parser_feed(parser, line, times * length + 1);
    free(line);
  }
  fclose(comment);
  cmark_node *document = cmark_parser_finish(parser);
  printf("%s\n", cmark_node_get_type_string(cmark_node_first_child(document)));
  cmark_node_free(document);
  cmark_parser_free(parser);
  return 0;
}
