"""The MCP server, driven by the SDK's own client over standard input and output, and over HTTP."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI
from mcp import Client, MCPError, StdioServerParameters
from mcp_types import CallToolResult, TextContent

from rag.answering import Assistant
from rag.errors import SettingsInvalid
from rag.service import mount
from rag.service.desk import Desk
from rag.service.tools import mcp_server
from tests.conftest import CORPUS, ROOT
from tests.test_service import QUESTION, UNANSWERABLE, serving

PROGRAM = """
from rag import Assistant
from rag.service import serve_stdio

def opening():
    print("this must not reach the protocol")
    return Assistant.open()

serve_stdio(opening)
"""


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    with serving(lambda: assistant, mcp=True) as address:
        yield address


@asynccontextmanager
async def connected(server: str | StdioServerParameters, mode: str = "auto") -> AsyncIterator[Client]:
    async with Client(server, mode=mode, read_timeout_seconds=300) as client:
        yield client


def text(result: CallToolResult) -> str:
    [block] = result.content
    assert isinstance(block, TextContent)
    return block.text


async def conversation(client: Client, assistant: Assistant) -> None:
    """What holds of every transport: a quotation, an abstention, a check, a search, the documents, an error."""
    expected = assistant.ask(QUESTION)
    answer = await client.call_tool("ask", {"question": QUESTION})
    line: dict[str, Any] = answer.structured_content or {}
    assert not answer.is_error
    assert line["answer"] == expected.text
    assert "hits" not in line
    quote = line["citations"][0]["quote"]
    assert f"“{quote}”" in text(answer)

    abstention = await client.call_tool("ask", {"question": UNANSWERABLE})
    assert not abstention.is_error
    assert (abstention.structured_content or {})["abstained"] is True
    assert "The report does not say" in text(abstention)

    good = await client.call_tool("verify_quote", {"quote": quote})
    bad = await client.call_tool("verify_quote", {"quote": quote.replace("11,000", "12,000")})
    assert (good.structured_content or {})["places"][0]["start"] == line["citations"][0]["start"]
    assert bad.structured_content == {"exact": False, "places": []}

    found = await client.call_tool("search", {"question": QUESTION, "k": 2})
    assert [hit["chunk"] for hit in (found.structured_content or {})["hits"]] == [
        hit.chunk.id for hit in assistant.retrieve(QUESTION, 2)
    ]
    empty = await client.call_tool("ask", {"question": " "})
    assert empty.is_error
    assert text(empty).endswith("the question is empty; type a question")

    listed = json.loads((await client.read_resource("report://documents")).contents[0].text)  # type: ignore[union-attr]
    [document] = assistant.documents.values()
    assert [one["id"] for one in listed] == [document.id]
    read = await client.read_resource(f"report://documents/{document.id}")
    assert read.contents[0].text == document.text  # type: ignore[union-attr]
    with pytest.raises(MCPError, match="no document has the id 'beef'"):
        await client.read_resource("report://documents/beef")


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_over_http(address: str, assistant: Assistant, mode: str) -> None:
    async def talk() -> None:
        async with connected(f"{address}/mcp", mode) as client:
            await conversation(client, assistant)

    anyio.run(talk)


def over_stdio(report_folder: Path) -> StdioServerParameters:
    environment = {**os.environ, "RAG_INDEX": str(report_folder), "RAG_CORPUS": str(CORPUS), "PYTHONPATH": str(ROOT)}
    return StdioServerParameters(command=sys.executable, args=["-c", PROGRAM], env=environment, cwd=str(ROOT))


def test_over_standard_input_and_output(report_folder: Path, assistant: Assistant) -> None:
    async def talk() -> None:
        async with connected(over_stdio(report_folder)) as client:
            await conversation(client, assistant)

    anyio.run(talk)


def test_standard_output_is_the_protocol_and_nothing_else(report_folder: Path) -> None:
    asked = [
        {"method": "initialize", "id": 1, "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}},
        {"method": "notifications/initialized"},
        {"method": "tools/call", "id": 2, "params": {"name": "verify_quote", "arguments": {"quote": "11,000 police"}}},
    ]  # fmt: skip
    server = over_stdio(report_folder)
    process = subprocess.Popen(
        [server.command, *server.args], env=server.env, cwd=server.cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    for message in asked:
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        process.stdin.flush()
    replies = [json.loads(process.stdout.readline()) for _ in range(2)]
    rest, noise = process.communicate(timeout=60)  # closes its input, at which it ends
    assert process.returncode == 0
    assert rest == ""
    assert [reply["id"] for reply in replies] == [1, 2]
    assert replies[1]["result"]["structuredContent"]["exact"] is True
    assert "this must not reach the protocol" in noise


def test_a_model_is_told_to_quote_verbatim_and_that_an_abstention_is_an_answer(address: str) -> None:
    async def talk() -> None:
        async with connected(f"{address}/mcp") as client:
            assert "verbatim" in (client.instructions or "")
            assert "An abstention is an\nanswer" in (client.instructions or "")
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"ask", "search", "verify_quote"}
        assert "must be used verbatim" in (tools["ask"].description or "")
        assert "An abstention is an answer" in (tools["ask"].description or "")
        for tool in tools.values():
            assert tool.annotations
            assert tool.annotations.read_only_hint is True
            assert (tool.output_schema or {})["type"] == "object"
            assert all("\n    " not in (tool.description or "") for tool in tools.values())
        assert {"answer", "abstained", "citations", "nearest"} <= set((tools["ask"].output_schema or {})["properties"])

    anyio.run(talk)


def test_what_a_model_gets_wrong_is_told(address: str) -> None:
    async def talk() -> list[CallToolResult]:
        wrong: list[tuple[str, dict[str, Any]]] = [
            ("search", {"question": "x", "k": 500}),
            ("ask", {}),
            ("ask", {"question": "When?", "documents": ["beef"]}),
            ("verify_quote", {"quote": ""}),
        ]
        async with connected(f"{address}/mcp") as client:
            return [await client.call_tool(name, arguments) for name, arguments in wrong]

    results = anyio.run(talk)
    assert all(result.is_error for result in results)
    for result, line in zip(
        results,
        ("less than or equal to 20", "Field required", "no document has the id 'beef'", "quotation is empty"),
        strict=True,
    ):
        assert line in text(result)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({}, 200),
    ],
)
def test_other_pages_are_kept_out(address: str, headers: dict[str, str], status: int) -> None:
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accepted = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    reply = httpx.post(f"{address}/mcp", content=json.dumps(asked), headers=accepted | headers, timeout=60)
    assert reply.status_code == status, reply.text


def test_without_the_flag_there_is_no_mcp(assistant: Assistant) -> None:
    with serving(lambda: assistant) as address:
        assert httpx.post(f"{address}/mcp", json={}).status_code == 404
        assert httpx.get(f"{address}/api/v1/health").status_code == 200


def test_without_the_package_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "rag.service.tools")
    for name in [name for name in sys.modules if name.partition(".")[0] == "mcp"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(SettingsInvalid, match=r"pip install 'report-chat\[mcp\]'"):
        mount(FastAPI(), lambda: pytest.fail("it is not opened"), mcp=True)


def test_logging_is_left_as_it_was() -> None:
    root = logging.getLogger()
    before = list(root.handlers), root.level
    mcp_server(Desk(lambda: pytest.fail("it is not opened")))
    assert (root.handlers, root.level) == before
