#pragma once
#include <stddef.h>
#include <stdint.h>

// A reusable simdjson DOM parser. The document is read straight from simdjson's tape
// (its format: https://github.com/simdjson/simdjson/blob/master/doc/tape.md).
#ifdef __cplusplus
extern "C" {
#endif

typedef struct csj_parser csj_parser;

/// Bytes that must be readable behind every document handed to csj_parse.
size_t csj_padding(void);

/// Returns NULL when memory is short. Documents beyond either bound are refused.
csj_parser *csj_parser_new(size_t max_bytes, size_t max_depth);
void csj_parser_free(csj_parser *parser);

/// Parses `length` bytes; `bytes` must stay readable for csj_padding() bytes more.
/// Returns 0 or simdjson's error code. On success the tape and the string buffer
/// are valid until the next call with the same parser.
int csj_parse(csj_parser *parser, const uint8_t *bytes, size_t length,
              const uint64_t **tape, const uint8_t **strings);

/// Whether the code says that a number is too large, or none; simdjson 3.0 does not tell the two apart.
int csj_is_number_error(int code);

/// The words of simdjson for an error code; a static string.
const char *csj_error_message(int code);

#ifdef __cplusplus
}
#endif
