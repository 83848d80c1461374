#!/usr/bin/env python3
"""A small site to cache: every path is a page that says what it was last told to say.

    origin.py [PORT [ADDRESS]]      # 0 takes a free port; the first line printed is the site's address
    curl -X PUT -d 'Now 8 EUR' http://127.0.0.1:PORT/p/42

Pages may be cached for an hour. Each carries its tags for the cache in the header xkey: the last part of its path as
product-…, and "site".
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port=0, address="127.0.0.1"):
        super().__init__((address, int(port)), Page)
        self.lock = threading.Lock()
        self.pages = {}
        self.fetches = 0


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    text_bytes_max = 1 << 20

    def do_GET(self):
        path = self.path.split("?")[0]
        with self.server.lock:
            text = self.server.pages.get(path, f"This is {path}.")
            self.server.fetches += 1
            number = self.server.fetches
        self.answer(200, text, {
            "Cache-Control": "public, max-age=3600",
            "xkey": f"product-{path.rsplit('/', 1)[-1]} site",
            "X-Origin-Fetch": str(number),
        })

    do_HEAD = do_GET

    def do_PUT(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > self.text_bytes_max:
            self.close_connection = True
            self.answer(413, "too long")
            return
        text = self.rfile.read(length).decode("utf-8", "replace")
        with self.server.lock:
            self.server.pages[self.path.split("?")[0]] = text
        self.answer(200, text, {"Cache-Control": "no-store"})

    def answer(self, status, text, headers=()):
        body = (text + "\n").encode()
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    site = Site(*sys.argv[1:3])
    print(f"http://{site.server_address[0]}:{site.server_address[1]}", flush=True)
    try:
        site.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
