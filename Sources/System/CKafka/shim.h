#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

// Swift cannot call variadic C, and the array form (rd_kafka_produceva) frees headers twice when it fails.
// The record is copied. On failure the headers stay the caller's.
static inline rd_kafka_resp_err_t cs_produce(
    rd_kafka_t *rk, rd_kafka_topic_t *topic, int32_t partition, const void *key, size_t key_size, const void *value,
    size_t value_size, rd_kafka_headers_t *headers, void *token) {
    return headers
        ? rd_kafka_producev(rk, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_size),
              RD_KAFKA_V_VALUE(value, value_size), RD_KAFKA_V_OPAQUE(token), RD_KAFKA_V_HEADERS(headers),
              RD_KAFKA_V_END)
        : rd_kafka_producev(rk, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_size),
              RD_KAFKA_V_VALUE(value, value_size), RD_KAFKA_V_OPAQUE(token), RD_KAFKA_V_END);
}
