#!/usr/bin/env bash
# Publish one invalidation with kcat, and print its id:  publish.sh NAMESPACE TAG [URL]
# BROKERS names the cluster (localhost:9092), PRIORITY one of low, normal and high (normal).
set -euo pipefail

namespace=${1:?publish.sh NAMESPACE TAG [URL]}
tag=${2:?publish.sh NAMESPACE TAG [URL]}
url=${3:-}
priority=${PRIORITY:-normal}
# A UUID of version 7: milliseconds since 1970, then chance.
time=$(printf '%012x' "$(date +%s%3N)")
chance=$(od -An -N9 -tx1 /dev/urandom | tr -d ' \n')
id="${time:0:8}-${time:8:4}-7${chance:0:3}-a${chance:3:3}-${chance:6:12}"

value=$(printf '{"id":"%s","namespace":"%s","tags":["%s"],"urls":[%s],"priority":"%s","requestedAt":"%s"}' \
    "$id" "$namespace" "$tag" "${url:+\"$url\"}" "$priority" "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)")

# The key is the namespace and the partitioner that of JVM clients, so that a namespace keeps its order.
# A namespace and JSON on one line hold no tab, which parts key and value here.
printf '%s\t%s\n' "$namespace" "$value" |
    kcat -P -b "${BROKERS:-localhost:9092}" -t "cachesync.invalidations.$priority" -K $'\t' \
        -X partitioner=murmur2_random -X enable.idempotence=true
echo "$id"
