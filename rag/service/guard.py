"""What keeps other web pages out: a browser on this machine reaches the service, and the pages open in it must not.

A page of another origin is told by `Origin` or `Sec-Fetch-Site`. A page whose name was made to point here (DNS rebinding) has a true
`Origin` and a `Host` that is not ours. JSON is demanded since a form can send other types without asking first.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 256 * 1024
"""Bytes of a body: a question is 2,000 characters, a long conversation a hundred times that."""


class Refusal(NamedTuple):
    """A status and the line that goes with it."""

    status: int
    line: str


class Guard:
    """An ASGI application before which foreign, mistyped and oversized requests end."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str] = (), largest: int = LARGEST) -> None:
        """Addresses and localhost are known; `hosts` are the other names under which the service is reached."""
        self._app, self._largest = app, largest
        self._hosts = {"localhost", *(host.lower() for host in hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its body read, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self.refusal(scope["method"], Headers(scope=scope))
        if refusal is None and scope["method"] == "PUT":  # a file, which whoever takes it reads piece by piece
            await self._app(scope, receive, _private(send))
            return
        body = None if refusal else await self._read(receive)
        if body is None:
            status, line = refusal or Refusal(413, f"the body is larger than {self._largest:,} bytes; send less")
            await JSONResponse({"error": line}, status)(scope, receive, _private(send))
            return
        await self._app(scope, _again(body, receive), _private(send))

    def refusal(self, method: str, headers: Headers) -> Refusal | None:
        """Why a request is not let in; None if it is."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_ours(host):
            return Refusal(421, f"{host!r} is not a name of this service; use its address or localhost")
        if origin is not None and _place(origin) != host.lower():
            return Refusal(403, "a page of another origin asks; the service answers programs and its own page")
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return Refusal(403, "a page of another site asks; the service answers programs and its own page")
        if method == "POST" and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return Refusal(415, "the body is not declared as JSON; send Content-Type: application/json")
        if (
            method != "PUT"
            and int(length if (length := headers.get("content-length", "0")).isdecimal() else 0) > self._largest
        ):
            return Refusal(413, f"the body has {length} bytes, {self._largest:,} are allowed; send less")
        return None

    def _is_ours(self, host: str) -> bool:
        """A name may point anywhere, an address cannot be made to."""
        try:
            name = urlsplit("//" + host).hostname or ""
            return name in self._hosts or bool(ip_address(name))
        except ValueError:
            return False

    async def _read(self, receive: Receive) -> bytes | None:
        """The body; None when it is too large, whatever length was declared."""
        body = b""
        while len(body) <= self._largest:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body", False):
                return body if len(body) <= self._largest else None
        return None


def _place(origin: str) -> str:
    """Host and port of an origin: a proxy that ends TLS changes the scheme alone."""
    return origin.lower().partition("://")[2]


def _again(body: bytes, receive: Receive) -> Receive:
    """The body as one message, then whatever comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


def _private(send: Send) -> Send:
    """Replies that are not kept by caches, nor taken for another type."""

    async def private(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Cache-Control", "no-store")
            headers["X-Content-Type-Options"] = "nosniff"
        await send(message)

    return private
