"""A stand-in for an agent, to test the runner: its configuration is JSON that says what to do.

{"exit": 1}                                     end at once
{"url": …, "file": …}                           push the lines of a file, also those that are appended, in JSON
{"listen": …}                                   answer here too
{"components": {id: answer}, "metrics": text}   what it answers
"""

from __future__ import annotations

import json
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


def main() -> None:
    config: dict[str, Any] = json.loads(Path(sys.argv[-1]).read_text())
    if "exit" in config:
        print("config.alloy:1:1: told to end")
        sys.exit(config["exit"])
    listen = next(word for word in sys.argv if word.startswith("--server.http.listen-addr=")).partition("=")[2]
    if "file" in config:
        threading.Thread(target=follow, args=(config["url"], Path(config["file"])), daemon=True).start()
    if "listen" in config:
        threading.Thread(target=serve, args=(config["listen"], config), daemon=True).start()
    serve(listen, config)


def serve(listen: str, config: dict[str, Any]) -> None:
    host, _, port = listen.rpartition(":")
    ThreadingHTTPServer((host, int(port)), handler(config)).serve_forever()


def handler(config: dict[str, Any]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, _, component = self.path.partition("/api/v0/web/components/")
            if component:
                self.answer(json.dumps(config["components"][component]).encode(), "application/json")
            else:
                self.answer(config.get("metrics", "").encode(), "text/plain")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(json.dumps({"got": body.decode()}).encode(), "application/json")

        def answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def follow(url: str, file: Path) -> None:
    """Only the position of this process counts: after a restart the file is pushed from its start."""
    position = 0
    while True:
        text = file.read_text()[position:]
        position += len(text)
        if text:
            values = [["1700000000000000000", line, {}] for line in text.splitlines()]
            push(url, {"streams": [{"stream": {"filename": str(file)}, "values": values}]})
        time.sleep(0.02)


def push(url: str, body: object) -> None:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json", "X-Scope-OrgID": "t"}
    )
    while True:
        try:
            urllib.request.urlopen(request, timeout=5).close()
            return
        except urllib.error.HTTPError as error:
            error.close()
            time.sleep(0.02)


if __name__ == "__main__":
    main()
