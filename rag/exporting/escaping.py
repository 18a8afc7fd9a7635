"""Text of documents, questions and models such that every format shows it and interprets none of it."""

from __future__ import annotations

import html
import json
import re

_VISIBLE = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"} | {0x7F: "\u2421"}
_VISIBLE |= dict.fromkeys([*range(0x80, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF], "\ufffd")
_MARKDOWN = re.compile(
    r"""[\\`*_{}\[\]<>#+|~$&^=@"'\n\t]         # active anywhere, at least in some dialect
    | ^[ ] | [ ]$                              # code, and what is stripped
    | (?<!\w)- | -(?!\w)                       # lists, rules, dashes made of hyphens
    | [:%](?=[^\s\d])                          # addresses, emoji, comments
    | \.(?=[^\W\d]|\.) | (?<=\d)\.(?!\d)       # addresses, dots made an ellipsis, numbered lists
    | (?<=\d)\) | \((?=\w{1,3}\))              # numbered lists, signs such as (c)
    """,
    re.VERBOSE,
)
_HIDDEN_IN_JSON = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def shown(text: str) -> str:
    r"""The text with a sign for each control character, and for each that XML or UTF-8 cannot hold; as long as the text.

    Line feed and tab stay.

    >>> shown("a\x1b[31m")
    'a␛[31m'
    """
    return text.translate(_VISIBLE)


def one_line(text: str) -> str:
    """The text as `shown`, with single spaces for white space."""
    return " ".join(shown(text).split())


def in_html(text: str) -> str:
    """The text for HTML, between tags or in an attribute."""
    return html.escape(shown(text))


def in_markdown(text: str) -> str:
    r"""The text for Markdown: escaped where CommonMark, GitHub, Pandoc or a typographer would change it.

    >>> in_markdown("1. *A* [b] US$5, well-known.")
    '1\\. \\*A\\* &#91;b&#93; US\\$5, well-known.'
    """
    return _MARKDOWN.sub(_escaped, shown(text))


def _escaped(match: re.Match[str]) -> str:
    """A backslash, but not before what with one opens a formula, nor before white space."""
    return f"&#{ord(match[0])};" if match[0] in "[]()<> \t\n" else f"\\{match[0]}"


def in_json(value: object) -> str:
    """JSON in which control characters and those that turn the direction of writing are escaped, so that a terminal shows them."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return _HIDDEN_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
