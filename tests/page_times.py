"""Times of the real page: `python tests/page_times.py` prints medians from Enter to the first quotation on the screen, warm."""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from page_helpers import Window
from servers import served

QUESTIONS = (
    "When did police and soldiers take control of Tocorón prison?", "Who leads Tren de Aragua?", "What are trochas?",
    "How many cells does Tren de Aragua have in Peru?", "What does the gang earn from migrant smuggling?", "Who is Niño Guerrero?",
    "Which countries did the gang expand to?", "What happened in Iquique?", "How does the gang recruit members?", "Who are the pranes?",
)  # fmt: skip
_WATCH = """
window.took = [];
document.addEventListener('keydown', event => { if (event.key === 'Enter') window.began = performance.now(); }, true);
const seen = new Set([...document.querySelectorAll("#chat .turn")].keys());
new MutationObserver(() => document.querySelectorAll('#chat .turn').forEach((turn, i) => {
  if (seen.has(i) || !turn.querySelector('blockquote')) return;
  seen.add(i);
  requestAnimationFrame(() => window.took.push(performance.now() - window.began));
})).observe(document.querySelector('#chat'), {childList: true, subtree: true});
"""


def main() -> None:
    """Serve, ask, tell. `RAG_JUDGE` and the other settings are those of the environment."""
    more = {"RAG_INDEX": os.environ["RAG_INDEX"]} if "RAG_INDEX" in os.environ else {}
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), **more) as url:
        window = Window(url, Path(folder) / "profile")
        try:
            window.wait(lambda: not any(state.is_displayed() for state in window.all("#state .status")))
            window.ask("What does the report say about Chile?")  # the first one warms up
            window.driver.execute_script(_WATCH)
            for question in QUESTIONS:
                window.ask(question)
                window.driver.execute_async_script("setTimeout(arguments[0], 500)")
            took = sorted(window.driver.execute_script("return window.took"))
        finally:
            window.driver.quit()
    sys.stdout.write(f"{len(took)} of {len(QUESTIONS)} questions brought a quotation; from Enter to the first one on the screen: "
                     f"median {statistics.median(took):.0f} ms, slowest {took[-1]:.0f} ms\n")  # fmt: skip


if __name__ == "__main__":
    main()
