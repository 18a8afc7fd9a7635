"""The API's reference as one plain page, made from its OpenAPI document; the usual ones load scripts from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.1rem } h2 code { font-size: 1rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0 }
tr + tr { border-top: 1px solid #8884 } pre { overflow-x: auto; padding: .75rem; border: 1px solid #8884 }
"""


def page(openapi: Mapping[str, Any]) -> str:
    """Every call with what goes in and what comes out, then every shape; HTML without scripts or links to other hosts."""
    shapes = openapi["components"]["schemas"]
    body = [f"<h1>{escape(openapi['info']['title'])} API {escape(openapi['info']['version'])}</h1>"]
    body += [f"<p>{escape(openapi['info']['description'])} <a href='openapi.json'>OpenAPI document</a></p>"]
    for path, methods in openapi["paths"].items():
        for method, call in methods.items():
            body += _call(path, method, call)
    for name, shape in sorted(shapes.items()):
        body += _shape(name, shape)
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{escape(openapi['info']['title'])} API</title><style>{_STYLE}</style><body>{''.join(body)}</body></html>"
    )


def _call(path: str, method: str, call: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2 id='{escape(call['operationId'])}'><code>{method.upper()} {escape(path)}</code></h2>"
    yield f"<p>{escape(call['description'])}</p><table>"
    if "requestBody" in call:
        [(kind, body)] = call["requestBody"]["content"].items()
        takes = _type(body["schema"]) if kind == "application/json" else "the bytes of a file"
        yield f"<tr><th>takes</th><td>{takes}</td></tr>"
    for status, reply in sorted(call["responses"].items()):
        shape = reply.get("content", {}).get("application/json", {}).get("schema", {})
        yield f"<tr><th>{escape(status)}</th><td>{escape(reply['description'])} {_type(shape)}</td></tr>"
    yield "</table>"


def _shape(name: str, shape: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2 id='shape-{escape(name)}'>{escape(name)}</h2><p>{escape(shape.get('description', ''))}</p><table>"
    for field, schema in shape.get("properties", {}).items():
        needed = "" if field in shape.get("required", ()) else ", optional"
        yield f"<tr><th><code>{escape(field)}</code></th><td>{_type(schema)}{needed}</td><td>{escape(schema.get('description', ''))}</td></tr>"
    yield "</table>"


def _type(schema: Mapping[str, Any]) -> str:
    """A type in words, with links to the shapes on this page."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f"<a href='#shape-{name}'>{name}</a>"
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {})) or 'values'}"
    if "enum" in schema:
        return " | ".join(f"<code>{escape(json.dumps(value))}</code>" for value in schema["enum"])
    return escape(str(schema.get("type", "")))
