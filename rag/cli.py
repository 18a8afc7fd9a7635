"""The command line. Heavy imports happen inside the commands, so that help and errors of usage are quick."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rag.errors import DocumentUnknown, QuestionInvalid, RagError
from rag.memory import ALL_MB, memory_for
from rag.usage import parser
from rag.validation import validate

if TYPE_CHECKING:
    from rag.answering import Assistant
    from rag.records import Document
    from rag.settings import Settings

_ERROR = 1
_LISTED = 10
"""Documents that a message names."""
_Line = dict[str, Any]


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
        with memory_for("the program with its documents", ALL_MB):
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

    if options.batch is not None:
        return _batch(options, lambda assistant: partial(_answer, assistant, _named(options, assistant.documents)))
    question = sys.stdin.read() if options.question == "-" else options.question
    question = validate(question, _settings(options).max_question_chars)
    assistant = _open(options)
    outcome = assistant.ask(question, documents=_named(options, assistant.documents))
    print(json.dumps(to_line(outcome), ensure_ascii=False) if options.json else to_text(outcome, assistant.documents))
    return 0


def _named(options: argparse.Namespace, documents: Mapping[str, Document]) -> list[str] | None:
    """Ids of the documents that `--document` names; None where it does not, which means all."""
    if options.document is None:
        return None
    return [_document(name, list(documents.values())) for name in options.document]


def _document(name: str, documents: Sequence[Document]) -> str:
    """The id of the one document with this id, path or title.

    Raises:
        DocumentUnknown: there is none, or more than one.
    """
    found = [one for one in documents if name in (one.id, one.path, one.title)]
    if len(found) == 1:
        return found[0].id
    problem = f"names {len(found)} documents; give the id or the path of one" if found else "names no document"
    listed = [f"{one.path} (“{one.title}”, {one.id})" for one in found or documents]
    more = [f"{len(listed) - _LISTED} more, which rag status lists"] if len(listed) > _LISTED else []
    raise DocumentUnknown(f"--document {name!r} {problem}; there are {', '.join(listed[:_LISTED] + more)}")


def _answer(assistant: Assistant, documents: Sequence[str] | None, line: _Line) -> _Line:
    from rag.rendering import to_line

    history = line.get("history") or []
    if not isinstance(history, list) or not all(isinstance(turn, dict) for turn in history):
        raise QuestionInvalid('"history" is not a list of {"question", "answer"} objects')
    outcome = assistant.ask(line.get("question"), history, documents=documents)  # type: ignore[arg-type]
    return to_line(outcome, line_id=line.get("id"))


def _verify(options: argparse.Namespace) -> int:
    return _batch(options, lambda assistant: partial(_check, assistant))


def _check(assistant: Assistant, line: _Line) -> _Line:
    statement, quotes = line.get("statement"), line.get("quotes")
    if (
        not isinstance(statement, str)
        or not isinstance(quotes, list)
        or not all(isinstance(quote, str) for quote in quotes)
    ):
        raise QuestionInvalid('a line needs "statement", a string, and "quotes", a list of strings')
    found = assistant.verify(statement, quotes)
    return {
        "id": line.get("id"),
        "supported": not found,
        "violations": [{"kind": v.kind, "detail": v.detail} for v in found],
    }


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


def _batch(options: argparse.Namespace, begin: Callable[[Assistant], Callable[[_Line], _Line]]) -> int:
    """Lines in, lines out, each written at once; a line that fails gives {"id", "error"} and the rest goes on."""
    if (
        options.out != "-"
        and Path(options.out).exists()
        and Path(options.batch).exists()
        and Path(options.out).samefile(options.batch)
    ):
        raise QuestionInvalid(f"--out {options.out} is the input file and would be emptied; give another file")
    with _reading(options.batch) as lines:
        handle = begin(_open(options))
        with _writing(options.out) as out:  # last, since it empties the file
            for number, text in enumerate(lines, 1):
                if text.strip():
                    out.write(json.dumps(_handled(handle, number, text), ensure_ascii=False) + "\n")
                    out.flush()
    return 0


def _handled(handle: Callable[[_Line], _Line], number: int, text: str) -> _Line:
    line: object = None
    try:
        line = json.loads(text)
        if not isinstance(line, dict):
            raise QuestionInvalid("the line is not a JSON object")
        return handle(line)
    except RecursionError:
        return {"id": None, "error": f"line {number} is nested too deeply"}
    except ValueError as error:
        return {"id": None, "error": f"line {number} is not JSON ({error})"}
    except RagError as error:
        return {"id": line.get("id") if isinstance(line, dict) else None, "error": str(error)}


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
