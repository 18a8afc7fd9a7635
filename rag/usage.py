"""What the command line takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

Run = Callable[[argparse.Namespace], int]


def parser(run: Mapping[str, Run]) -> argparse.ArgumentParser:
    """The parser, whose options have what a command does as `run`, by its name."""
    top = argparse.ArgumentParser(
        prog="rag",
        description="Ask a report; get its own words with their places, or an honest abstention.",
        epilog="Settings are variables that start with RAG_; see the README. Exit status: 0 answer or abstention, 1 error, 2 bad usage.",
    )
    top.add_argument("--version", action="version", version=f"report-chat {version('report-chat')}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    index = commands.add_parser(
        "index",
        help="read the corpus and build the index",
        description="Read the corpus and build the index. A running server takes it up by itself.",
    )
    _add_folders(index)
    index.add_argument(
        "--rebuild", action="store_true", help="embed everything again instead of taking over unchanged text"
    )
    index.set_defaults(run=run["index"])

    ask = commands.add_parser(
        "ask",
        help="answer a question, or a file of questions",
        description="Answer a question, or a file of questions, in the documents' own words.",
    )
    ask.add_argument("question", nargs="?", help="the question; - reads it from standard input")
    ask.add_argument("--json", action="store_true", help="print the batch format instead of text")
    ask.add_argument(
        "--document", metavar="NAME", action="append", help="ask only this document: its id, path or title; repeatable"
    )
    ask.add_argument("--batch", metavar="IN.jsonl", help='lines of {"id", "question"}; - is standard input')
    ask.add_argument("--out", metavar="OUT.jsonl", default="-", help="where to; - is standard output (default)")
    _add_folders(ask)
    ask.set_defaults(run=run["ask"])

    verify = commands.add_parser(
        "verify",
        help="check statements against the quotations they cite",
        description="Check statements against the quotations they cite, and those against the documents.",
    )
    verify.add_argument(
        "--batch", metavar="IN.jsonl", required=True, help='lines of {"id", "statement", "quotes"}; - is standard input'
    )
    verify.add_argument("--out", metavar="OUT.jsonl", default="-", help="where to; - is standard output (default)")
    _add_folders(verify)
    verify.set_defaults(run=run["verify"])

    quoted = commands.add_parser(
        "verify-quote",
        help="check whether copied quotations still stand unchanged",
        description="Check whether the quotations of a file that was copied or exported from the page still stand unchanged in the documents. Exit status 1 when one does not.",
    )
    quoted.add_argument("file", metavar="FILE", help="text, Markdown, HTML, JSON or DOCX; - is standard input")
    _add_folders(quoted)
    quoted.set_defaults(run=run["verify_quote"])

    serve = commands.add_parser("serve", help="open the chat page", description="Serve the chat page on this machine.")
    serve.add_argument("--host", help="address to bind (default: RAG_HOST or 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to bind (default: RAG_PORT or 7860)")
    serve.add_argument("--mcp", action="store_true", default=None, help="also speak MCP at /mcp; needs the extra mcp")
    _add_folders(serve)
    serve.set_defaults(run=run["serve"])

    mcp = commands.add_parser(
        "mcp",
        help="speak MCP on standard input and output",
        description="Speak the Model Context Protocol on standard input and output, for a program that starts this one.",
    )
    _add_folders(mcp)
    mcp.set_defaults(run=run["mcp"])

    status = commands.add_parser(
        "status",
        help="what is indexed, with which model, where",
        description="What is indexed, with which model, and where.",
    )
    _add_folders(status)
    status.set_defaults(run=run["status"])
    return top


def _add_folders(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--corpus", type=Path, metavar="DIR", help="folder with the documents (default: RAG_CORPUS or corpus)"
    )
    parser.add_argument(
        "--index", type=Path, metavar="DIR", help="folder of the index (default: RAG_INDEX or .rag-index)"
    )
