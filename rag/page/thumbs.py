"""What a reader says of an answer: a thumb, reasons, a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.feedback import LONGEST_COMMENT, REASONS
from rag.page.wording import Language, say
from rag.rendering.html import entities


@dataclass(frozen=True, slots=True)
class Rating:
    """What was said of a turn, as far as it was kept."""

    thumb: str
    reasons: Sequence[str] = ()
    comment: str = ""
    problem: str = ""
    """Why it was not kept; empty when it was."""


def thumbs_html(rating: Rating | None, language: Language) -> str:
    """The two thumbs; after one of them thanks and a way to take it back, after "down" the reasons too."""
    given = rating.thumb if rating and not rating.problem else None
    thumbs = "".join(_thumb(thumb, language, pressed=thumb == given) for thumb in ("up", "down"))
    after = _said(rating, language) if rating else ""
    form = _form(rating, language) if rating and rating.thumb == "down" else ""
    label = entities(say("rate", language))
    return f'<div class="thumbs" role="group" aria-label="{label}"><p>{thumbs}{after}</p>{form}</div>'


def _thumb(thumb: str, language: Language, *, pressed: bool) -> str:
    state = str(pressed).lower()
    return (
        f'<button type="button" class="quiet" data-thumb="{thumb}" data-key="{thumb}" aria-pressed="{state}">'
        f"{entities(say(thumb, language))}</button>"
    )


def _said(rating: Rating, language: Language) -> str:
    if rating.problem:
        return f'<span class="problem" role="status">{entities(rating.problem)}</span>'
    key = "taken back" if rating.thumb == "withdrawn" else "thanks"
    back = (
        f'<button type="button" class="quiet" data-thumb="withdrawn">{entities(say("take back", language))}</button>'
        if rating.thumb != "withdrawn"
        else ""
    )
    return f'<span class="thanks" role="status">{entities(say(key, language))}</span>{back}'


def _form(rating: Rating, language: Language) -> str:
    """What exactly is wrong."""
    boxes = "".join(
        f'<label><input type="checkbox" value="{one}"{" checked" * (one in rating.reasons)}> '
        f"{entities(say(one, language))}</label>"
        for one in REASONS
    )
    comment = (
        f'<label class="line">{entities(say("comment", language))} '
        f'<input type="text" maxlength="{LONGEST_COMMENT}" value="{entities(rating.comment)}"></label>'
    )
    send = (
        f'<button type="button" class="quiet" data-reasons data-key="send">{entities(say("send", language))}</button>'
    )
    legend = entities(say("what is wrong", language))
    return f"<fieldset><legend>{legend}</legend>{boxes}{comment}{send}</fieldset>"
