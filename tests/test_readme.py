"""The README's code runs and its commands are the ones that exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import rag
from rag import Answer, Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(mark: str) -> str:
    """The first code block behind a comment."""
    match = re.search(rf"<!-- {re.escape(mark)} -->\n```\w+\n(.*?)\n```", README, re.DOTALL)
    assert match, mark
    return match.group(1)


def test_the_python_block_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], report_folder: Path
) -> None:
    monkeypatch.setenv("RAG_INDEX", str(report_folder))
    monkeypatch.setenv("RAG_CORPUS", str(ROOT / "corpus"))
    names: dict[str, object] = {}
    exec(block("runs in tests/test_readme.py"), names)
    assert isinstance(names["answer"], Answer)
    assert "On September 20, 2023, 11,000 police and soldiers" in capsys.readouterr().out


def test_the_example_session_is_what_the_document_says() -> None:
    report = (ROOT / "corpus" / "tren-de-aragua-2023-10.txt").read_text(encoding="utf-8")
    quoted = re.findall(r"^\[\d+\] “(.*)”$", README, re.MULTILINE)
    assert quoted
    assert all(quote in report for quote in quoted)


@pytest.mark.parametrize("command", re.findall(r"^\| `rag (\w+)", README, re.MULTILINE))
def test_every_command_of_the_table_exists(command: str) -> None:
    found = subprocess.run([sys.executable, "-m", "rag.cli", command, "--help"], capture_output=True, check=False)
    assert found.returncode == 0


def test_every_setting_is_in_the_table_with_its_default() -> None:
    for name, field in Settings.model_fields.items():
        assert f"`RAG_{name.upper()}`" in README
        if not field.is_required() and field.default_factory is None and field.default is not None:
            shown = f"{field.default:g}" if isinstance(field.default, float) else field.default
            assert f"`{shown}`" in README


def test_the_public_names_are_few_and_exist() -> None:
    assert len(rag.__all__) <= 12
    assert all(getattr(rag, name) is not None for name in rag.__all__)
