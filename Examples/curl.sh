#!/usr/bin/env bash
# Publish one invalidation over HTTP and wait for its end:  curl.sh NAMESPACE TAG [URL]
# GATEWAY is the gateway's address (http://127.0.0.1:8080), CACHESYNC_GATEWAY_TOKEN its token or your API key, if it
# asks for one. Needs curl and python3, which reads the answers.
set -euo pipefail

namespace=${1:?curl.sh NAMESPACE TAG [URL]}
tag=${2:?curl.sh NAMESPACE TAG [URL]}
url=${3:-}
gateway=${GATEWAY:-http://127.0.0.1:8080}
credential=()
if [[ -n ${CACHESYNC_GATEWAY_TOKEN:-} ]]; then credential=(-H "Authorization: Bearer $CACHESYNC_GATEWAY_TOKEN"); fi

# An error's body says what is wrong.
call() {
    local answer
    answer=$(curl --fail-with-body -sS --max-time 30 "${credential[@]}" "$@") || { echo "$answer" >&2 && exit 1; }
    echo "$answer"
}
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

# 202 means that Kafka has it: from here on it is not lost.
accepted=$(call "$gateway/invalidate" -H 'Content-Type: application/json' \
    -d "{\"namespace\":\"$namespace\",\"tags\":[\"$tag\"],\"urls\":[${url:+\"$url\"}]}")
id=$(field id <<<"$accepted")
echo "$id"

for _ in {1..12}; do
    answer=$(call "$gateway/status/$id?wait=10s")
    status=$(field status <<<"$answer")
    case "$status" in
    completed) echo "$status" && exit 0 ;;
    failed) echo "$answer" >&2 && exit 1 ;;
    esac
done
echo "still $status after two minutes" >&2
exit 1
