"""The menus below the conversation: those that were kept, and what can be taken away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from rag.conversations import Entry
from rag.page.session import Session
from rag.page.taking import FORMS, File
from rag.page.wording import Language, say
from rag.rendering.html import entities

_SCRIPT_SAYS = ("rename to", "delete sure", "delete all sure", "too large")
_files = count(1)


def drawer_value(
    session: Session, entries: Sequence[Entry] | None = None, *, note: str = "", file: File | None = None
) -> dict[str, object]:
    """The menus as the window's script takes them.

    Args:
        session: Of the window.
        entries: The kept conversations; None leaves the list as it is.
        note: What came of the last choice.
        file: To be saved by the browser, once.
    """
    language = session.language
    return {
        "words": {text: say(text, language) for text in _SCRIPT_SAYS},
        "titles": [say("conversations", language), say("export", language)],
        "list": None if entries is None else _entries_html(entries, session),
        "take": _take_html(language),
        "note": note,
        "file": None
        if file is None
        else {"serial": next(_files), "name": file.name, "type": file.type, "data": file.data},
    }


def _entries_html(entries: Sequence[Entry], session: Session) -> str:
    language = session.language
    if not entries:
        return f"<p>{entities(say('none kept' if session.owner else 'no cookies', language))}</p>"
    items = "".join(_entry_html(entry, language, current=entry.id == session.place.id) for entry in entries)
    every = _button("delete-all", "1", say("delete all", language))
    return f"<ul>{items}</ul><p>{every}</p>"


def _entry_html(entry: Entry, language: Language, *, current: bool) -> str:
    title, when = entities(entry.title), datetime.fromtimestamp(entry.changed).astimezone()
    mark = ' aria-current="true"' if current else ""
    facts = say("turns and time", language, count=entry.turns, time=when.isoformat(" ", "minutes")[:16])
    rename = _button(
        "rename", entry.id, say("rename", language), f"{say('rename', language)}: {entry.title}", entry.title
    )
    delete = _button(
        "delete", entry.id, say("delete", language), f"{say('delete', language)}: {entry.title}", entry.title
    )
    return (
        f'<li><button type="button" class="open" data-open="{entities(entry.id)}"{mark}>{title}</button>'
        f'<span class="facts">{entities(facts)}</span>{rename}{delete}</li>'
    )


def _button(action: str, value: str, shown: str, label: str = "", title: str = "") -> str:
    name = f' aria-label="{entities(label)}"' if label else ""
    of = f' data-title="{entities(title)}"' if title else ""
    return f'<button type="button" class="quiet" data-{action}="{entities(value)}"{of}{name}>{entities(shown)}</button>'


def _take_html(language: Language) -> str:
    buttons = "".join(f"<li>{_button('take', form, say(f'as {form}', language))}</li>" for form in FORMS)
    bring = entities(say("import", language))
    return f'<ul>{buttons}</ul><label class="bring">{bring} <input type="file" accept=".json,application/json" data-bring></label>'
