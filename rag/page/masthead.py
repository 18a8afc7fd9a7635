"""What stands above and below the conversation: title, promise, switches, hints."""

from __future__ import annotations

from rag.page.wording import LANGUAGES, NAMES, Language, say
from rag.rendering.html import entities

_THEMES = ("auto", "light", "dark")
_TARGETS = (("to question", "#question textarea"), ("to document", "#viewer .pane"))


def masthead_html(language: Language, *, writes: bool) -> str:
    """Title, promise, the switches of language and colours, and the line that is only read aloud.

    Args:
        language: Of the page.
        writes: Whether a chat model writes the answers, which makes another promise.
    """
    skips = "".join(
        f'<a class="skip" href="#" data-to="{entities(target)}">{entities(say(key, language))}</a>'
        for key, target in _TARGETS
    )
    promise = entities(say("promise model" if writes else "promise quotes", language))
    return (
        f'<header class="masthead" lang="{language}">{skips}<h1>{entities(say("title", language))}</h1><p>{promise}</p>'
        f'<div class="switches">{_languages(language)}{_colours(language)}</div>'
        '<p id="said" class="aside" role="status"></p></header>'
    )


def foot_html(language: Language) -> str:
    """Which keys do what."""
    return f'<p class="hint">{entities(say("hint", language))}</p>'


def _languages(language: Language) -> str:
    options = "".join(
        f'<option value="{one}" lang="{one}"{" selected" * (one == language)}>{NAMES[one]}</option>'
        for one in LANGUAGES
    )
    return f"<label>{entities(say('language', language))} <select data-language>{options}</select></label>"


def _colours(language: Language) -> str:
    options = "".join(f'<option value="{one}">{entities(say(one, language))}</option>' for one in _THEMES)
    return f"<label>{entities(say('colours', language))} <select data-theme>{options}</select></label>"
