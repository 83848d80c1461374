#!/usr/bin/env python3
"""Publish invalidations with confluent-kafka, and print the id of each.

    publish.py --namespace shop --tag product-42 --url https://shop.example/p/42
    publish.py --tag product-{n} --count 20000 --namespaces 200      # load: spread over shop-0 ... shop-199
"""

import argparse
import json
import os
import sys
import time
from datetime import datetime, timezone

from confluent_kafka import Producer


def uuid7():
    """A UUID of version 7: its first 48 bits are the time in milliseconds."""
    value = bytearray(int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10))
    value[6] = 0x70 | value[6] & 0x0F
    value[8] = 0x80 | value[8] & 0x3F
    text = value.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def invalidation(options, number):
    """One request; {n} in a selector becomes its number, so that load is not all alike."""
    namespace = options.namespace
    if options.namespaces:
        namespace = f"{namespace}-{number % options.namespaces}"
    return {
        "id": uuid7(),
        "namespace": namespace,
        "tags": [tag.replace("{n}", str(number)) for tag in options.tag],
        "urls": [url.replace("{n}", str(number)) for url in options.url],
        "prefixes": options.prefix,
        "mode": "soft" if options.soft else "hard",
        "priority": options.priority,
        "requestedAt": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "source": options.source,
    }


def publish(options):
    producer = Producer({
        "bootstrap.servers": options.brokers,
        "enable.idempotence": True,  # no loss and no duplicates on retry; implies acks=all
        "partitioner": "murmur2_random",  # as in JVM clients: all of a namespace on one partition, in order
        "linger.ms": 5,
        "compression.type": "lz4",
    })
    failures = []

    for number in range(options.count):
        request = invalidation(options, number)

        def report(error, _, identifier=request["id"]):
            if error is None:
                print(identifier)
            else:
                failures.append(error)

        while True:
            try:
                producer.produce(
                    f"cachesync.invalidations.{options.priority}", key=request["namespace"],
                    value=json.dumps(request), on_delivery=report)
                break
            except BufferError:  # the local queue is full: let deliveries free its slots
                producer.poll(0.1)
        producer.poll(0)
    unsent = producer.flush(options.timeout)
    if failures or unsent:
        reason = (failures or ["timed out"])[0]
        sys.exit(f"publish.py: {len(failures) + unsent} of {options.count} not stored: {reason}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", default="localhost:9092", help="host:port, several by commas")
    parser.add_argument("--namespace", default="default")
    parser.add_argument("--tag", action="append", default=[], help="a surrogate key; repeat for more")
    parser.add_argument("--url", action="append", default=[], help="an absolute URL; repeat for more")
    parser.add_argument("--prefix", action="append", default=[], help="a URL prefix; repeat for more")
    parser.add_argument("--soft", action="store_true", help="mark as stale instead of removing")
    parser.add_argument("--priority", choices=["low", "normal", "high"], default="normal")
    parser.add_argument("--source", default="publish.py")
    parser.add_argument("--count", type=int, default=1, help="how many requests; {n} in tags and URLs is the number")
    parser.add_argument("--namespaces", type=int, default=0, help="spread over NAMESPACE-0, NAMESPACE-1, ...")
    parser.add_argument("--timeout", type=float, default=60, help="seconds to wait for the last delivery")
    options = parser.parse_args()
    if not (options.tag or options.url or options.prefix):
        parser.error("say what is stale: --tag, --url or --prefix")
    publish(options)


if __name__ == "__main__":
    main()
