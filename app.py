"""The chat page: questions on the left, the document with every cited span on the right."""

import contextlib
import sys

from rag.errors import RagError
from rag.page.serving import listen, serve
from rag.settings import Settings


def main(settings: Settings | None = None) -> None:
    """Serves the page until interrupted; whatever hinders that is one line on standard error, exit status 1."""
    try:
        settings = settings or Settings.load()
        listener = listen(settings.host, settings.port)
    except RagError as error:
        sys.exit(str(error))
    sys.stdout.write(f"http://{settings.host}:{settings.port}\n")
    sys.stdout.flush()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            serve(settings, listener)
    except RagError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
