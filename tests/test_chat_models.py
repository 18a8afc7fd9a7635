"""Which chat model writes: named, found, reachable, or told in a line why not."""

from __future__ import annotations

import builtins
from pathlib import Path

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from rag.errors import ModelUnavailable, SettingsInvalid
from rag.judging import load_judge
from rag.models.writer import Writer, load_writer
from rag.settings import Settings
from rag.status import status


def test_without_a_name_nobody_writes() -> None:
    assert load_writer(Settings()) is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"chat_url": "http://127.0.0.1:1/v1"}, "RAG_CHAT_URL is set without RAG_CHAT_MODEL"),
        ({"chat_model": "ollama:x", "chat_url": "http://127.0.0.1:1/v1"}, "RAG_CHAT_URL goes with openai:NAME"),
        ({"chat_model": "local:/nowhere/model.gguf"}, "no such file; give the path of a GGUF file"),
        ({"chat_model": "nobody:model"}, "RAG_CHAT_MODEL nobody:model"),
    ],
)
def test_a_model_that_cannot_be_used_is_one_line(values: dict[str, str], said: str) -> None:
    with pytest.raises(ModelUnavailable, match=said) as error:
        load_writer(Settings(**values))  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_readers_are_not_told_where_a_file_lies(tmp_path: Path) -> None:
    file = tmp_path / "small.gguf"
    file.write_bytes(b"GGUF")
    writer = load_writer(Settings(chat_model=f"local:{file}"))
    assert writer is not None
    assert writer.name == "local:small.gguf"
    assert load_judge(Settings(judge=f"local:{file}")).name == "local:small.gguf"


@pytest.mark.parametrize("provider", ["openai", "anthropic", "ollama"])
def test_a_missing_package_is_named_with_its_extra(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from langchain.chat_models import base

    real = builtins.__import__
    uncached = base._get_chat_model_creator.__wrapped__  # it keeps a package that another test has imported
    monkeypatch.setattr(base, "_get_chat_model_creator", uncached)

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name.partition(".")[0] == f"langchain_{provider}":
            raise ImportError(f"no {name}")
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr("importlib.import_module", lambda name, package=None: without(name))
    with pytest.raises(ModelUnavailable, match=rf"pip install -e '\.\[{provider}\]'"):
        load_writer(Settings(chat_model=f"{provider}:model"))


@pytest.mark.parametrize(
    ("name", "value"),
    [("CHAT_MODEL", "gpt"), ("CHAT_URL", "ftp://x"), ("CHAT_SECONDS", "0"), ("CHAT_TOKENS", "5")],
)
def test_a_setting_that_cannot_be_meant_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"RAG_{name}", value)
    with pytest.raises(SettingsInvalid, match=f"RAG_{name}"):
        Settings.load()


def test_status_says_who_writes_and_whether_it_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings(judge="reader", index=tmp_path)

    def answers(writer: Writer | None) -> str:
        monkeypatch.setattr("rag.models.writer.load_writer", lambda settings: writer)
        return next(line for line in status(settings) if line.startswith("answers"))

    assert answers(None).endswith("quotes (no chat model)")
    there = Writer(FakeListChatModel(responses=["yes"]), "fake:model", 5)
    assert answers(there).endswith("fake:model, reachable; quotes where it fails")
    broken = Writer(FakeListChatModel(responses=[]), "fake:model", 5)
    assert "fake:model, which broke off (" in answers(broken)
    assert answers(broken).endswith("; quotes meanwhile")
