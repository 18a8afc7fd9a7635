"""The same functions for programs: an HTTP API under /api/v1, and an MCP server over standard input and output or at /mcp.

`mount` adds both to the page's server, `serve_stdio` is what `rag mcp` runs. The package `mcp` is imported only where it is needed.
"""

from rag.service.api import api
from rag.service.mounting import mount, serve_stdio

__all__ = ["api", "mount", "serve_stdio"]
