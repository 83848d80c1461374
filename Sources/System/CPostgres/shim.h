#pragma once
#include <libpq-fe.h>

// The names of an error's fields are character constants, which Swift imports with another type.
static inline const char *cs_error_state(const PGresult *r) { return PQresultErrorField(r, PG_DIAG_SQLSTATE); }
static inline const char *cs_error_message(const PGresult *r) { return PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY); }
