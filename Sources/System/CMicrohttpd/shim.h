#pragma once
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
// Whether the other side of a TCP connection has closed, without waiting and without taking bytes.
static inline int cs_http_peer_closed(int descriptor) {
#ifdef __linux__
    struct pollfd question = {descriptor, 0x2000 /* POLLRDHUP, which needs _GNU_SOURCE */, 0};
    return poll(&question, 1, 0) > 0;
#else
    char byte;
    return recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
#endif
}
