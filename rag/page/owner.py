"""Whose conversations are shown: a secret of each browser, in a cookie that no script can read."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAME = "owner"
_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)
_SECONDS = 400 * 86400
"""The longest that browsers allow; every visit begins it anew."""


class Owned:
    """An ASGI application that gives each browser which opens the page a secret of its own."""

    def __init__(self, app: ASGIApp) -> None:
        """Put it before the page."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the page itself comes with the cookie."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return
        token = owner_of(HTTPConnection(scope).cookies) or secrets.token_urlsafe(32)
        # Lax, not Strict: a visitor who follows a link from elsewhere would come without the cookie and lose all conversations to a new one
        cookie = f"{NAME}={token}; Path=/; Max-Age={_SECONDS}; HttpOnly; SameSite=Lax"
        secure = "; Secure" if scope.get("scheme") == "https" else ""

        async def giving(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.append("Set-Cookie", cookie + secure)
                headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, giving)


def owner_of(cookies: Mapping[str, str]) -> str:
    """The browser's secret; empty where there is none of ours.

    >>> owner_of({"owner": "guessable"})
    ''
    """
    token = cookies.get(NAME, "")
    return token if _TOKEN.fullmatch(token) else ""
