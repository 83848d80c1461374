#include "CSimdjson.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <pthread.h>
#include <simdjson.h>

struct csj_parser {
    simdjson::dom::parser parser;
    csj_parser(size_t max_bytes, size_t max_depth) : parser(max_bytes) {
        // A failure here shows as an error of the first parse, which allocates again.
        (void)parser.allocate(4096 < max_bytes ? 4096 : max_bytes, max_depth);
    }
};

// A process that exits destroys the library's own objects while its threads go on; who began a parser then would call
// a function that is gone ("pure virtual method called"). So the one who exits takes the right to begin parsers and
// keeps it: threads that ask for it wait until the process is no more. Parsers that are there need those objects not.
static pthread_mutex_t beginning = PTHREAD_MUTEX_INITIALIZER;

static void end_beginnings() { pthread_mutex_lock(&beginning); }

static void prepare() {
    // Handlers run in the reverse order: the library's objects are made first.
    (void)simdjson::get_active_implementation()->name();
    (void)std::atexit(end_beginnings);
}

extern "C" {

size_t csj_padding(void) { return simdjson::SIMDJSON_PADDING; }

csj_parser *csj_parser_new(size_t max_bytes, size_t max_depth) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, prepare);
    pthread_mutex_lock(&beginning);
    auto *parser = new (std::nothrow) csj_parser(max_bytes, max_depth);
    pthread_mutex_unlock(&beginning);
    return parser;
}

void csj_parser_free(csj_parser *parser) { delete parser; }

int csj_parse(csj_parser *parser, const uint8_t *bytes, size_t length,
              const uint64_t **tape, const uint8_t **strings) {
    auto result = parser->parser.parse(bytes, length, false);
    if (result.error()) return result.error();
    *tape = parser->parser.doc.tape.get();
    *strings = parser->parser.doc.string_buf.get();
    return 0;
}

int csj_is_number_error(int code) {
    // Newer versions have a code of their own for whole numbers beyond 64 bits, which 3.0 lacks: its words are known.
    return code == simdjson::NUMBER_ERROR || strstr(csj_error_message(code), "Big integer") != nullptr;
}

const char *csj_error_message(int code) {
    return simdjson::error_message(static_cast<simdjson::error_code>(code));
}
}
