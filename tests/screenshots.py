"""Makes the README's screenshots: `python tests/screenshots.py` writes docs/*.png from the real page."""

import io
import os
import sys
import tempfile
from pathlib import Path

from page_helpers import ROOT, Window
from PIL import Image
from servers import served

DOCS = ROOT / "docs"
COLOURS = 96
ANSWERED = "When did police and soldiers take control of Tocorón prison?"
SILENT = "How many members does Tren de Aragua have in Canada?"


def save(window: Window, name: str) -> None:
    """The window as a PNG file with few colours, which is a third of the size."""
    window.driver.execute_script("document.activeElement.blur(); document.querySelector('#tip').hidden = true")
    window.driver.execute_async_script("setTimeout(arguments[0], 600)")
    picture = Image.open(io.BytesIO(window.driver.get_screenshot_as_png())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(DOCS / name, optimize=True)


def take(window: Window) -> None:
    """All of them, in one conversation."""
    window.size(1280, 800)
    window.ask(ANSWERED)
    window.all("#chat a.cite")[0].click()
    window.wait(lambda: window.all("mark.hit"))
    save(window, "light.png")
    window.choose("[data-theme]", "dark")
    save(window, "dark.png")
    window.size(375, 760)
    save(window, "narrow.png")
    window.size(1280, 800)
    window.choose("[data-theme]", "light")
    window.ask(SILENT)
    save(window, "abstention.png")
    window.size(375, 760)
    window.all("#documents summary")[0].click()
    window.wait(lambda: window.all("#documents .files li"))
    save(window, "documents.png")


def main() -> None:
    """Serve, open, take."""
    os.environ.setdefault("RAG_JUDGE", "reader")
    DOCS.mkdir(exist_ok=True)
    more = {"RAG_INDEX": os.environ["RAG_INDEX"]} if "RAG_INDEX" in os.environ else {}
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), **more) as url:
        window = Window(url, Path(folder) / "profile")
        try:
            take(window)
        finally:
            window.driver.quit()


if __name__ == "__main__":
    sys.exit(main())
