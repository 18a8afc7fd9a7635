"""The documents of a newsroom: files added and removed, the index made again in the background."""

from rag.library.files import FileOutcome, safe_name
from rag.library.library import Library
from rag.library.state import State

__all__ = ["FileOutcome", "Library", "State", "safe_name"]
