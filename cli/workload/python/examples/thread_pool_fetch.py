#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Forty pages of a server that takes 50 ms for each, fetched by ten threads: ThreadPool(10).

    sudo partrace exec -- python3 thread_pool_fetch.py

Threads that wait for I/O let go of the GIL, so ten of them are nearly ten times as fast as one: the
report shows I/O as what the threads waited for. The server is a process of its own, started and
ended by this script.
"""
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Pipe, Process
from multiprocessing.pool import ThreadPool
from urllib.request import urlopen

PAGES, SERVICE_S = 40, 0.05


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(SERVICE_S)
        body = f"this is {self.path}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


def serve(port):
    server = Server(("127.0.0.1", 0), Page)
    port.send(server.server_port)
    server.serve_forever()


def fetch(url):
    with urlopen(url) as page:
        return len(page.read())


if __name__ == "__main__":
    ours, theirs = Pipe()
    server = Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    address = f"http://127.0.0.1:{ours.recv()}"
    began = time.monotonic()
    with ThreadPool(10) as pool:
        sizes = pool.map(fetch, [f"{address}/{page}" for page in range(PAGES)], chunksize=1)
    took = time.monotonic() - began
    server.terminate()
    server.join()
    print(f"{len(sizes)} pages, {sum(sizes)} bytes in {took:.2f} s; "
          f"one after the other: at least {PAGES * SERVICE_S:.2f} s")
