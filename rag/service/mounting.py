"""Where the service is reached: on the page's server, and on standard input and output."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.routing import Route

from rag.answering import Assistant
from rag.errors import SettingsInvalid
from rag.library import Library
from rag.service.api import api
from rag.service.desk import Desk
from rag.service.guard import LARGEST, Guard

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

API_PATH = "/api/v1"
MCP_PATH = "/mcp"


def mount(
    app: FastAPI,
    opening: Callable[[], Assistant],
    *,
    mcp: bool = False,
    hosts: Collection[str] = (),
    files: Library | None = None,
    writable: bool = False,
) -> None:
    """Add the API under /api/v1, and MCP at /mcp if wanted, to a server; before its page, which takes all other paths.

    Args:
        app: The server, not yet started.
        opening: Gives the assistant that the page uses too; may take its time.
        mcp: Whether to speak MCP (streamable HTTP).
        hosts: Names, besides addresses and localhost, under which the server may be asked for.
        files: The documents' files, to be listed, and if `writable` to be added and removed.
        writable: See `files`.

    Raises:
        SettingsInvalid: MCP is wanted and its package is not installed.
    """
    desk = Desk(opening)
    app.mount(API_PATH, api(opening, hosts=hosts, desk=desk, files=files, writable=writable))
    if mcp:
        _mount_mcp(app, _server(desk), hosts)


def serve_stdio(opening: Callable[[], Assistant]) -> None:
    """Speak MCP on standard input and output until the input ends; the assistant is opened meanwhile.

    Raises:
        SettingsInvalid: the package `mcp` is not installed.
    """
    _server(Desk(opening), alone=True).run("stdio")


def _mount_mcp(app: FastAPI, server: MCPServer, hosts: Collection[str]) -> None:
    from mcp.server.transport_security import TransportSecuritySettings

    ours = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # the guard does it, for every host allowed
    inner = server.streamable_http_app(
        streamable_http_path=MCP_PATH, stateless_http=True, json_response=True, transport_security=ours,
        max_request_body_size=LARGEST,
    )  # fmt: skip
    app.router.routes.append(Route(MCP_PATH, Guard(inner, hosts=hosts)))
    before: Callable[[FastAPI], AbstractAsyncContextManager[Any]] = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(started: FastAPI) -> AsyncIterator[Any]:
        async with before(started) as state, server.session_manager.run():
            yield state

    app.router.lifespan_context = lifespan


def _server(desk: Desk, *, alone: bool = False) -> MCPServer:
    try:
        from rag.service.tools import mcp_server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise SettingsInvalid(
            "MCP needs the package mcp, which is not installed; pip install 'report-chat[mcp]'"
        ) from error
    return mcp_server(desk, alone=alone)
