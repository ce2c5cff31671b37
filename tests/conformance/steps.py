"""What happens while the agent runs: steps on files and process, requests to it."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from tests.conformance.case import Content, Request, Step, content_bytes
from tests.conformance.names import Names

__all__ = ["change_files", "send", "write_files"]

_TRIES, _PAUSE = 40, 0.1


def write_files(folder: Path, files: Mapping[str, Content], names: Names, mode: str = "wb") -> None:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open(mode) as out:
            out.write(content_bytes(names.fill(content) if isinstance(content, str) else content))


def change_files(folder: Path, step: Step, names: Names) -> None:
    for old, new in step.rename.items():
        (folder / old).rename(folder / new)
    for name in step.truncate:
        os.truncate(folder / name, 0)
    for name in step.remove:
        (folder / name).unlink()
    write_files(folder, step.write, names)
    write_files(folder, step.append, names, "ab")


async def send(client: aiohttp.ClientSession, request: Request, names: Names) -> dict[str, Any]:
    """The answer as `{status, type, body}`; status None where nobody listened for some seconds."""
    body, headers = _body(request, names), dict(request.headers) or {"Content-Type": "application/json"}
    if request.gzip:
        body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
    for _ in range(_TRIES):
        try:
            data = None if request.method == "GET" else body
            async with client.request(request.method, names.fill(request.url), data=data, headers=headers) as answer:
                return {
                    "status": answer.status,
                    "type": answer.headers.get("Content-Type", ""),
                    "body": await _answer(answer),
                }
        except (aiohttp.ClientConnectionError, TimeoutError):
            await asyncio.sleep(_PAUSE)
    return {"status": None}


def _body(request: Request, names: Names) -> bytes:
    if request.json is not msgspec.UNSET:
        return names.fill(json.dumps(request.json)).encode()
    if request.base64 is not None:
        return base64.b64decode(request.base64)
    return names.fill(request.text).encode()


async def _answer(answer: aiohttp.ClientResponse) -> Any:
    raw = await answer.read()
    if answer.headers.get("Content-Type", "").startswith("application/json"):
        try:
            return json.loads(raw)
        except ValueError:
            pass
    return raw.decode("utf-8", "backslashreplace")
