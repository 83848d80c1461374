#pragma once
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

// Swift cannot call variadic C: the options of a daemon as one struct, and one typed line per question.
struct cs_http_options {
    unsigned int flags;
    uint16_t port;  // for messages: the one of the address counts
    const struct sockaddr *address;
    unsigned int threads;  // 0: one
    unsigned int connections;
    unsigned int connections_per_address;  // 0: no bound
    unsigned int idle_seconds;
    unsigned int backlog;
    size_t connection_memory;
    const char *certificate;  // PEM text, or NULL without TLS
    const char *key;
    const char *priorities;  // GnuTLS's words
    void *context;           // handed to every callback
    MHD_LogCallback log;
    MHD_AcceptPolicyCallback accept;
    void *(*target)(void *context, const char *target, struct MHD_Connection *connection);
    MHD_AccessHandlerCallback request;
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connection;
};

// Targets are decoded by the server itself, strictly: the library must leave them as they are.
static size_t cs_http_keep_escapes(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    return strlen(text);
}

static inline struct MHD_Daemon *cs_http_start(const struct cs_http_options *o) {
    const struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)o->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)o->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)o->priorities},
        {MHD_OPTION_END, 0, NULL}};
    const struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    errno = 0;
    return MHD_start_daemon(
        o->flags, o->port, o->accept, o->context, o->request, o->context,
        MHD_OPTION_EXTERNAL_LOGGER, o->log, o->context,  // first, so that it hears of the others
        MHD_OPTION_SOCK_ADDR, o->address,
        MHD_OPTION_THREAD_POOL_SIZE, o->threads,
        MHD_OPTION_CONNECTION_LIMIT, o->connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, o->connections_per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, o->idle_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->connection_memory,
        MHD_OPTION_LISTEN_BACKLOG_SIZE, o->backlog,
        // The server is strict itself: the library's strictness leaves out most of RFC 9112, and what it refuses
        // for its framing gets two answers (0.9.75 writes the head twice).
        MHD_OPTION_STRICT_FOR_CLIENT, 0,
        MHD_OPTION_UNESCAPE_CALLBACK, cs_http_keep_escapes, NULL,
        MHD_OPTION_URI_LOG_CALLBACK, o->target, o->context,
        MHD_OPTION_NOTIFY_COMPLETED, o->completed, o->context,
        MHD_OPTION_NOTIFY_CONNECTION, o->connection, o->context,
        MHD_OPTION_ARRAY, o->certificate ? tls : none,
        MHD_OPTION_END);
}

// Certificate and key in PEM, and the authorities of clients, if they must show a certificate; NULL where one of them
// is not sound.
static inline gnutls_certificate_credentials_t cs_http_credentials(
    const char *certificate, const char *key, const char *clients) {
    gnutls_certificate_credentials_t made = NULL;
    if (gnutls_certificate_allocate_credentials(&made) != GNUTLS_E_SUCCESS) return NULL;
    const gnutls_datum_t chain = {(unsigned char *)certificate, (unsigned int)strlen(certificate)};
    const gnutls_datum_t secret = {(unsigned char *)key, (unsigned int)strlen(key)};
    int is_good = gnutls_certificate_set_x509_key_mem(made, &chain, &secret, GNUTLS_X509_FMT_PEM) >= 0;
    if (is_good && clients) {
        const gnutls_datum_t trust = {(unsigned char *)clients, (unsigned int)strlen(clients)};
        is_good = gnutls_certificate_set_x509_trust_mem(made, &trust, GNUTLS_X509_FMT_PEM) > 0;
    }
    if (is_good) return made;
    gnutls_certificate_free_credentials(made);
    return NULL;
}

// The session of a connection; NULL without TLS.
static inline gnutls_session_t cs_http_session(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info ? (gnutls_session_t)info->tls_session : NULL;
}

// Called within the handshake. A certificate that is shown must be good, and one for clients: a server's of the same
// authority proves no client. Whether one must be shown, the library sees to.
static int cs_http_verify_client(gnutls_session_t session) {
    unsigned int count = 0, faults = 0;
    if (!gnutls_certificate_get_peers(session, &count) || count == 0) return 0;
    gnutls_typed_vdata_st purpose = {
        GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT, 0};
    int code = gnutls_certificate_verify_peers(session, &purpose, 1, &faults);
    return code == GNUTLS_E_SUCCESS && faults == 0 ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

enum cs_http_client { CS_HTTP_CLIENT_UNASKED, CS_HTTP_CLIENT_ASKED, CS_HTTP_CLIENT_REQUIRED };

// For a connection that has just been accepted, before its handshake.
static inline int cs_http_use_credentials(
    struct MHD_Connection *c, gnutls_certificate_credentials_t credentials, enum cs_http_client client) {
    gnutls_session_t session = cs_http_session(c);
    if (!session || gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials) != GNUTLS_E_SUCCESS) return 0;
    if (client == CS_HTTP_CLIENT_UNASKED) return 1;
    gnutls_certificate_server_set_request(
        session, client == CS_HTTP_CLIENT_REQUIRED ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_REQUEST);
    gnutls_session_set_verify_function(session, cs_http_verify_client);
    return 1;
}

// No chunks: the connection's end is the answer's.
static inline enum MHD_Result cs_http_end_by_close(struct MHD_Response *r) {
    return MHD_set_response_options(r, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
}
static inline int cs_http_port(struct MHD_Daemon *d) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}
static inline void *cs_http_socket_context(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}
static inline int cs_http_descriptor(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}
static inline const struct sockaddr *cs_http_client(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}
// Bytes from the method to the empty line; 0 before all of them are there.
static inline size_t cs_http_head_size(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}
// Puts -1 for each descriptor, of 512 at most, whose other side has closed; without waiting and without taking bytes.
static inline void cs_http_mark_closed(int *descriptors, unsigned int count) {
    if (count > 512) count = 512;
#ifdef __linux__
    struct pollfd questions[512];
    for (unsigned int i = 0; i < count; i++) {
        questions[i].fd = descriptors[i];  // a negative one is passed over
        questions[i].events = 0x2000;      // POLLRDHUP, which needs _GNU_SOURCE
        questions[i].revents = 0;
    }
    if (poll(questions, count, 0) <= 0) return;
    for (unsigned int i = 0; i < count; i++) {
        if (questions[i].revents) descriptors[i] = -1;
    }
#else
    for (unsigned int i = 0; i < count; i++) {
        char byte;
        if (descriptors[i] >= 0 && recv(descriptors[i], &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) descriptors[i] = -1;
    }
#endif
}
