"""A server that speaks OpenAI's protocol, as a process of its own: `python model_server.py FILE.gguf`, or `… --says REPLY…`.

With a file it is llama.cpp with that model; otherwise a stand-in that gives the replies in turn, the last one for ever. It prints its address
and lives for ten minutes at most.
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

LIFETIME = 600.0
FOREVER = "FOREVER"
"""A reply that does not end."""


def model(file: str) -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = file
    params.n_ctx, params.n_parallel, params.verbosity, params.warmup = 4096, 1, 0, False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    time.sleep(LIFETIME)


class StandIn(BaseHTTPRequestHandler):
    replies: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        if reply.startswith("RAW "):
            self.wfile.write(reply[4:].encode())
            return
        while True:
            for word in ("and " * 50 if reply == FOREVER else reply).split(" "):
                self._send({"content": f"{word} "})
            if reply != FOREVER:
                break
        self._send({}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, delta: dict[str, str], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
        chunk = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "stand-in", "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        pass


def stand_in(replies: list[str]) -> None:
    StandIn.replies = replies
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    server.daemon_threads = True
    server.timeout = 1.0
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    ends = time.monotonic() + LIFETIME
    while time.monotonic() < ends:
        server.handle_request()


if __name__ == "__main__":
    if sys.argv[1] == "--says":
        stand_in(sys.argv[2:])
    else:
        model(sys.argv[1])
