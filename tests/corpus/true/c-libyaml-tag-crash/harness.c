/* Parse a document and count its events. */
#include <stdio.h>
#include <yaml.h>

int main(int argc, char **argv)
{
    yaml_parser_t parser;
    yaml_event_t event;
    int events = 0, done = 0;
    FILE *document = argc == 2 ? fopen(argv[1], "rb") : NULL;

    if (!document || !yaml_parser_initialize(&parser))
        return 2;
    yaml_parser_set_input_file(&parser, document);
    while (!done) {
        if (!yaml_parser_parse(&parser, &event)) {
            printf("line %d: %s\n", (int)parser.problem_mark.line + 1, parser.problem);
            break;
        }
        done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        events++;
    }
    printf("%d events\n", events);
    yaml_parser_delete(&parser);
    fclose(document);
    return 0;
}
