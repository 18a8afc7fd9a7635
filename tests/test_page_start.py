"""The page's start: the port answers at once, and what hinders it is one line."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from page_helpers import PATIENCE, ROOT, Scripted, kept_nowhere
from servers import free_port

from rag.errors import SettingsInvalid
from rag.page.handlers import Warm
from rag.page.layout import TITLE, build
from rag.page.serving import listen, waiting_page

gradio_warns = pytest.mark.filterwarnings("ignore")  # of pandas, and of the sockets that it leaves to the collector


@gradio_warns
def test_building_the_page_opens_nothing() -> None:
    def opening() -> Scripted:
        raise AssertionError

    assert build(Warm(opening), kept_nowhere()).title == TITLE  # type: ignore[arg-type]


def test_a_taken_port_is_named() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsInvalid, match=f"port {port} of 127.0.0.1 is taken; set RAG_PORT"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize(("accepted", "said"), [("de,en;q=0.9", "Getting ready"), ("es-CO", "Preparando")])
def test_the_waiting_page_hands_its_socket_on(accepted: str, said: str) -> None:
    with listen("127.0.0.1", 0) as listener:
        finish = waiting_page(listener)
        request = Request(f"http://127.0.0.1:{listener.getsockname()[1]}/", headers={"Accept-Language": accepted})
        with urlopen(request, timeout=10) as response:
            assert said in response.read().decode()
        finish()
        with socket.create_connection(listener.getsockname(), timeout=10):
            listener.accept()[0].close()


@pytest.mark.parametrize(("port", "said"), [("many", "RAG_PORT is 'many'"), ("0", "RAG_PORT is '0'")])
def test_a_wrong_setting_is_one_line(port: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=os.environ | {"RAG_PORT": port}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


def test_nothing_heavy_is_imported_before_the_port_is_bound() -> None:
    heavy = {"gradio", "torch", "chromadb", "langchain_core", "numpy", "bm25s"}
    code = f"import sys, app; print({heavy} & set(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout == "set()\n"


def test_something_useful_is_there_three_seconds_after_the_start(tmp_path: Path) -> None:
    settings = {"RAG_PORT": str(free_port()), "RAG_INDEX": str(tmp_path)}
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env=os.environ | settings, stdout=subprocess.DEVNULL
    )
    try:
        page = ""
        while not page and time.monotonic() < began + PATIENCE:
            with (
                contextlib.suppress(URLError, ConnectionError),
                urlopen(f"http://127.0.0.1:{settings['RAG_PORT']}/", timeout=9) as answer,
            ):
                page = answer.read().decode()
            time.sleep(0.02)
        seconds = time.monotonic() - began
    finally:
        process.kill()
        process.wait(20)

    assert re.search("<title>Report chat", page)
    assert seconds < 3
