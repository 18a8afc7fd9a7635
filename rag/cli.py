"""The command line. Heavy imports happen inside the commands, so that help and errors of usage are quick."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rag.errors import QuestionInvalid, RagError
from rag.usage import parser

if TYPE_CHECKING:
    from rag.answering import Assistant
    from rag.settings import Settings

_ERROR = 1


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; exit status 0 for an answer and for an abstention, 1 for an error, 2 for bad usage."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # what a terminal or a pipe cannot encode is escaped, never a traceback
            stream.reconfigure(errors="backslashreplace")
    commands = {
        "index": _index, "ask": _ask, "verify": _verify, "verify_quote": _verify_quote, "serve": _serve, "mcp": _mcp, "status": _status,
    }  # fmt: skip
    options = parser(commands).parse_args(arguments)
    try:
        sys.exit(options.run(options))
    except RagError as error:
        print(f"rag: {error}", file=sys.stderr)
        sys.exit(_ERROR)
    except BrokenPipeError:  # the reader of our output has had enough
        sys.stderr.close()
        sys.exit(_ERROR)
    except KeyboardInterrupt:
        sys.exit(130)


def _settings(options: argparse.Namespace) -> Settings:
    from rag.settings import Settings

    named = ("corpus", "index", "host", "port", "mcp")
    return Settings.load(**{name: getattr(options, name, None) for name in named})


@contextmanager
def _progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """One bar a stage on standard error; none where that is not a terminal."""
    from tqdm import tqdm

    bars: dict[str, Any] = {}

    def show(stage: str, done: int, total: int) -> None:
        if stage not in bars:
            for bar in bars.values():
                bar.close()
            bars[stage] = tqdm(total=total, desc=stage, unit="text", file=sys.stderr, disable=None, leave=False)
        bars[stage].update(done - bars[stage].n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()


def _open(options: argparse.Namespace) -> Assistant:
    settings = _settings(options)
    from rag.answering import Assistant

    with _progress_bars() as progress:
        assistant = Assistant.open(settings, progress=progress)
    for path, message in assistant.manifest.problems:
        print(f"rag: left out {path}: {message}", file=sys.stderr)
    return assistant


def _index(options: argparse.Namespace) -> int:
    settings = _settings(options)
    from rag.embedding import Embedder, MultilingualEncoder
    from rag.index import build_index, read_manifest

    embedder, encoder = Embedder(settings.embedding_model), MultilingualEncoder()
    with _progress_bars() as progress:
        build = build_index(
            settings.index, settings.corpus, embedder, encoder, rebuild=options.rebuild, progress=progress
        )
    manifest = read_manifest(build)
    for path, message in manifest.problems:
        print(f"rag: left out {path}: {message}", file=sys.stderr)
    print(
        f"{manifest.documents} documents, {manifest.chunks} chunks in {settings.index} (fingerprint {manifest.fingerprint})"
    )
    return 0


def _ask(options: argparse.Namespace) -> int:
    if (options.question is None) == (options.batch is None):
        print("rag ask: give a QUESTION or --batch IN.jsonl, and not both", file=sys.stderr)
        return 2
    from rag.rendering import to_line, to_text

    if options.batch is None:
        question = sys.stdin.read() if options.question == "-" else options.question
        assistant = _open(options)
        outcome = assistant.ask(question)
        print(
            json.dumps(to_line(outcome), ensure_ascii=False) if options.json else to_text(outcome, assistant.documents)
        )
        return 0

    def answer(assistant: Assistant, line: dict[str, Any]) -> dict[str, Any]:
        history = line.get("history") or []
        if not isinstance(history, list) or not all(isinstance(turn, dict) for turn in history):
            raise QuestionInvalid('"history" is not a list of {"question", "answer"} objects')
        return to_line(assistant.ask(line.get("question"), history), line_id=line.get("id"))  # type: ignore[arg-type]

    return _batch(options, answer)


def _verify(options: argparse.Namespace) -> int:
    def check(assistant: Assistant, line: dict[str, Any]) -> dict[str, Any]:
        statement, quotes = line.get("statement"), line.get("quotes")
        if (
            not isinstance(statement, str)
            or not isinstance(quotes, list)
            or not all(isinstance(q, str) for q in quotes)
        ):
            raise QuestionInvalid('a line needs "statement", a string, and "quotes", a list of strings')
        found = assistant.verify(statement, quotes)
        return {
            "id": line.get("id"),
            "supported": not found,
            "violations": [{"kind": v.kind, "detail": v.detail} for v in found],
        }

    return _batch(options, check)


def _verify_quote(options: argparse.Namespace) -> int:
    from rag.documents import read_corpus
    from rag.exporting import read_quote_file, verify_quote_file

    try:
        data = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    except OSError as error:
        raise QuestionInvalid(f"{options.file} cannot be read ({error.strerror}); give a file, or -") from error
    documents = {document.id: document for document in read_corpus(_settings(options).corpus).documents}
    checks = verify_quote_file(read_quote_file(data), documents)
    for check in checks:
        print(check.line)
    return 0 if all(check.stands for check in checks) else _ERROR


def _batch(options: argparse.Namespace, handle: Callable[[Assistant, dict[str, Any]], dict[str, Any]]) -> int:
    """Lines in, lines out, each written at once; a line that fails gives {"id", "error"} and the rest goes on."""
    if (
        options.out != "-"
        and Path(options.out).exists()
        and Path(options.batch).exists()
        and Path(options.out).samefile(options.batch)
    ):
        raise QuestionInvalid(f"--out {options.out} is the input file and would be emptied; give another file")
    with _reading(options.batch) as lines, _writing(options.out) as out:
        assistant = _open(options)
        for number, text in enumerate(lines, 1):
            if not text.strip():
                continue
            line: object = None
            try:
                line = json.loads(text)
                if not isinstance(line, dict):
                    raise QuestionInvalid("the line is not a JSON object")
                result = handle(assistant, line)
            except RecursionError:
                result = {"id": None, "error": f"line {number} is nested too deeply"}
            except ValueError as error:
                result = {"id": None, "error": f"line {number} is not JSON ({error})"}
            except RagError as error:
                result = {"id": line.get("id") if isinstance(line, dict) else None, "error": str(error)}
            out.write(json.dumps(result, ensure_ascii=False) + "\n")
            out.flush()
    return 0


@contextmanager
def _reading(name: str) -> Iterator[Iterable[str]]:
    if name == "-":
        yield sys.stdin
        return
    try:
        handle = Path(name).open(encoding="utf-8-sig", errors="replace")  # noqa: SIM115
    except OSError as error:
        raise QuestionInvalid(f"{name} cannot be read ({error.strerror}); give a file of JSON lines, or -") from error
    with handle:
        yield handle


@contextmanager
def _writing(name: str) -> Iterator[TextIO]:
    if name == "-":
        yield sys.stdout
        return
    try:
        handle = Path(name).open("w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
    except OSError as error:
        raise QuestionInvalid(f"{name} cannot be written ({error.strerror}); give another file, or -") from error
    with handle:
        yield handle


def _serve(options: argparse.Namespace) -> int:
    from importlib import import_module

    import_module("app").main(
        _settings(options)
    )  # by name, since only the page imports gradio and rag never imports the page
    return 0


def _mcp(options: argparse.Namespace) -> int:
    _settings(options)  # a wrong setting is told now, not to the program that asks
    from rag.service import serve_stdio

    serve_stdio(lambda: _open(options))
    return 0


def _status(options: argparse.Namespace) -> int:
    from rag.status import status

    for line in status(_settings(options)):
        print(line)
    return 0


if __name__ == "__main__":
    main()
