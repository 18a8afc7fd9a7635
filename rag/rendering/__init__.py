"""Outcomes for a program, a terminal and the page."""

from rag.rendering.text import from_line, place, to_line, to_text

__all__ = ["from_line", "place", "to_line", "to_text"]
