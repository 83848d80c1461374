#pragma once
#include <zlib.h>

// The library's own call is a macro. 16 more bits of window ask for the format of gzip.
static inline int cs_gzip_begin(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
