"""A chat model's reply to statements with citation numbers; nothing is checked here but the form.

Two forms, one result: JSON as `SCHEMA` says, or text in which `[1]` or `[2][3]` stands behind every sentence. Either may be cut off
anywhere, as it is while a reply still comes in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rag.documents.sentences import sentence_spans
from rag.records import Statement

NO_ANSWER = "NO ANSWER"
"""What a model replies when the passages do not answer."""
SCHEMA: dict[str, Any] = {
    "title": "Reply",
    "description": "What the passages say, sentence by sentence; no statements when they do not answer the question.",
    "type": "object",
    "properties": {
        "statements": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "description": "One plain sentence, without citation numbers."},
                    "citations": {
                        "type": "array",
                        "items": {"type": "integer"},
                        "description": "Numbers of the passages that carry it.",
                    },
                },
                "required": ["text", "citations"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["statements"],
    "additionalProperties": False,
}
_MARKER = re.compile(r"\[\s*\d{1,9}(?:\s*(?:[,;–-]|and)\s*\d{1,9})*\s*\]")
_MARKED_END = re.compile(rf"""([.!?…]["”’»)]*\s*(?:{_MARKER.pattern}\s*)+)(?=["“«¿¡(]?[^\W\d_a-z])""")
"""A sentence with its markers behind it, and another one after them, so that an abbreviation for an end is none."""
_RANGE = re.compile(r"(\d+)\s*[–-]\s*(\d+)|(\d+)")
_WIDEST = 20
"""Numbers that a range like `[1-9]` may stand for; a wider one is taken for its two ends."""
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_THOUGHT = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
"""What some models think aloud before they reply."""
_FENCE = re.compile(r"\A\s*```(?:json)?\s*")
_JSON = re.compile(r"\s*(?:\{|\[\s*\{)")
_DRESS = re.compile(r"\*\*|__|^#+\s+")
"""Markdown around words, which is no part of a statement."""
_ENDS = re.compile(r"""[.!?…]["”’')\]]*$""")


def statements_of(reply: str, *, finished: bool = True) -> list[Statement]:
    """The statements of a reply, in order, each with its numbers in order of appearance and once; empty for "NO ANSWER" and for nothing.

    A sentence without a marker is a statement that cites nothing.

    >>> [(s.text, s.citations) for s in statements_of("Police took it in 2023 [1][2]. It fell [3].")]
    [('Police took it in 2023.', (1, 2)), ('It fell.', (3,))]

    Args:
        reply: As it came, or as much of it as there is.
        finished: Whether more may come; then the last statement is left out unless it is surely whole.
    """
    body = _FENCE.sub("", _THOUGHT.sub("", reply, count=1), count=1)
    if _JSON.match(body):
        return list(_from_json(body))
    lines = _MARKED_END.sub(r"\1\n", body).splitlines()
    if not finished and not body.endswith("\n"):
        lines, last = lines[:-1], lines[-1:]
    else:
        last = []
    found = [statement for line in lines for statement in _from_line(line)]
    found += [statement for line in last for statement in _from_line(line)[:-1]]
    return found


def _from_json(body: str) -> Iterator[Statement]:
    """The objects that are whole."""
    start = body.find("[", body.find('"statements"') + 1) + 1
    decoder = json.JSONDecoder()
    while start > 0:
        start = body.find("{", start)
        if start < 0:
            return
        try:
            value, start = decoder.raw_decode(body, start)
        except (ValueError, RecursionError):
            return
        text, numbers = (value.get("text"), value.get("citations")) if isinstance(value, dict) else (None, None)
        if not isinstance(text, str) or not text.strip():
            continue
        given = [n for n in numbers if isinstance(n, int)] if isinstance(numbers, list) else []
        inside = [n for marker in _MARKER.findall(text) for n in _numbers(marker)]
        yield Statement(_clean(_MARKER.sub("", text)), tuple(dict.fromkeys([*given, *inside])))


def _from_line(line: str) -> list[Statement]:
    line = _BULLET.sub("", line)
    plain, marks, end = "", list[tuple[int, int]](), 0
    for match in _MARKER.finditer(line):
        plain += line[end : match.start()].rstrip()
        marks += [(len(plain), n) for n in _numbers(match.group())]
        end = match.end()
    plain += line[end:]
    if not plain.strip() or plain.strip(' .*"').upper() == NO_ANSWER or plain.strip() == "```":
        return []
    spans = sentence_spans(plain)
    found = []
    for number, (start, stop) in enumerate(spans):
        following = spans[number + 1][0] if number + 1 < len(spans) else len(plain) + 1
        cited = dict.fromkeys(
            n for place, n in marks if (start < place or not number) and (place < following or place == stop)
        )
        found.append(Statement(_clean(plain[start:stop]), tuple(cited)))
    return [statement for statement in found if statement.text]


def _numbers(marker: str) -> Iterator[int]:
    for first, last, alone in _RANGE.findall(marker):
        if alone:
            yield int(alone)
        elif 0 < int(last) - int(first) < _WIDEST:
            yield from range(int(first), int(last) + 1)
        else:
            yield from (int(first), int(last))


def _clean(text: str) -> str:
    """Without Markdown, in one line, with an end."""
    text = " ".join(_DRESS.sub("", text.strip()).split())
    text = re.sub(r"\s+([.,;:!?])", r"\1", text)
    return text if not text or _ENDS.search(text) else f"{text.rstrip(':;,')}."
