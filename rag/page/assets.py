"""The page's own files."""

from importlib.resources import files


def asset(name: str) -> str:
    """The style sheet, a script or the waiting page's template, by its file name in `static`."""
    return files("rag.page").joinpath("static", name).read_text("utf-8")
