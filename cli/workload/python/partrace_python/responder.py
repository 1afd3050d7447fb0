# SPDX-License-Identifier: BSD-2-Clause
"""A server with a fixed service time, in a process of its own."""
import os
import signal
import subprocess
import sys


def respond():
    """Answers each byte after argv[1] nanoseconds; ends with its stdin, and so with its parent."""
    import asyncio  # which only this process needs

    service = int(sys.argv[1]) / 1e9

    async def serve(reader, writer):
        try:
            while await reader.read(1):
                await asyncio.sleep(service)
                writer.write(b"!")
                await writer.drain()
        except ConnectionError:
            pass

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        os._exit(0)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(main())


def start_responder(plan):
    responder = subprocess.Popen([sys.executable, "-B", __file__, str(plan["service_ns"])],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    port = responder.stdout.readline()
    if not port:
        raise ConnectionError("the responder, a Python of its own, did not start")
    plan["port"] = int(port)
    return responder


if __name__ == "__main__":
    respond()
