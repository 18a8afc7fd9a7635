"""Where nothing can be kept the page answers all the same, and says in one line why nothing is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from page_helpers import REPORT, Scripted, Shown, answer, cite_text, told

from rag.errors import StoreUnusable
from rag.page.choosing import Choices
from rag.page.handlers import Handlers
from rag.page.keeping import Kept
from rag.page.session import Session

GIVEN = answer(cite_text(REPORT, "first"))
OWNER = "o" * 43


def _file_for_folder(kept: Path) -> None:
    """Permissions would not stop root; a file where the folder should be stops everybody."""
    if kept.exists():
        kept.rename(kept.with_name("moved"))
    kept.write_text("a file", encoding="utf-8")


def _folder_for_files(kept: Path) -> None:
    for name in ("conversations.sqlite3", "feedback.sqlite3"):
        for old in kept.glob(f"{name}*"):
            old.rename(kept.parent / old.name)
        (kept / name).mkdir(parents=True)


broken = pytest.mark.parametrize("break_it", [_file_for_folder, _folder_for_files])


def _is_one_clear_line(said: str, kept: Path) -> bool:
    return "\n" not in said and str(kept) in said and "RAG_KEPT" in said


def _said(value: Any) -> str:
    return Shown(value["value"]).text


@broken
def test_at_the_start_it_is_one_line_that_names_the_setting(break_it: Callable[[Path], None], tmp_path: Path) -> None:
    break_it(tmp_path / "kept")
    with pytest.raises(StoreUnusable) as caught:
        Kept.open(tmp_path / "kept", days=90)
    assert _is_one_clear_line(str(caught.value), tmp_path / "kept")


@broken
def test_the_page_goes_on_answering_when_the_folder_goes_away(break_it: Callable[[Path], None], tmp_path: Path) -> None:
    kept = Kept.open(tmp_path / "kept", days=90)
    desk = Handlers(Scripted(GIVEN, GIVEN).warm, kept)
    session = Session()
    session.owner = OWNER
    desk.asked("When?", session)
    list(desk.answered(session))
    assert len(kept.conversations.entries(OWNER)) == 1
    assert not session.problem

    break_it(tmp_path / "kept")
    desk.asked("And then?", session)
    *_, last = desk.answered(session)

    assert session.outcomes == [GIVEN, GIVEN]
    assert "“first”" in Shown(told(last[0])["turns"][-1]).text
    line = _said(desk.status(session))
    assert "This conversation is not kept" in line
    assert _is_one_clear_line(line, tmp_path / "kept")

    Choices(desk).rated(session, {"turn": 1, "thumb": "up"})
    rating = session.turns[0].rating
    assert rating is not None
    assert _is_one_clear_line(rating.problem, tmp_path / "kept")
