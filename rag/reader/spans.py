"""Which words of a sentence answer: four layers of its own and a span head over the first two layers of the reader."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.errors import ModelUnavailable
from rag.memory import memory_for

if TYPE_CHECKING:
    import torch
    from transformers import BertForQuestionAnswering, PreTrainedTokenizerBase

OWN_LAYERS = 4
"""Uppermost layers that are not shared with the reader."""
FILE, RECORD = "span.safetensors", "span.json"
WEIGHTS = Path(__file__).parent / "weights"
MAX_TOKENS = 96
"""Of question and window together, as in training; what is longer is cut off at the end of the context."""
_LONGEST = 24
"""Tokens of an answer at most."""
_INSTEAD = "restore the file from the repository, or set RAG_READER=linear to do without"
_MB = 110
"""Of memory, as for the reader."""


class Window(NamedTuple):
    """A sentence with what it may lean on."""

    sentence: str
    before: str
    """The sentence before it, or nothing."""
    section: str

    @property
    def text(self) -> str:
        """As the reader reads it: the sentence first."""
        context = " | ".join(part for part in (self.section, self.before) if part)
        return f"{self.sentence} [SEP] {context}" if context else self.sentence


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of characters of a sentence, and how probably it is the answer and there is one, in [0, 1]."""

    start: int
    end: int
    probability: float


@dataclass(frozen=True, slots=True)
class Inputs:
    """Pairs as the model reads them."""

    tensors: dict[str, torch.Tensor]
    offsets: list[list[tuple[int, int]]]
    """Of each pair and token, the characters of the window."""
    allowed: torch.Tensor
    """(n_pairs, n_tokens) whether an answer may begin or end there: the sentence's own tokens, and the first one for "no answer"."""


def encode(tokenizer: PreTrainedTokenizerBase, pairs: Sequence[tuple[str, Window]]) -> Inputs:
    """(question, window) pairs as one batch."""
    import torch

    found = tokenizer(
        [question for question, _ in pairs], [window.text for _, window in pairs],
        truncation=True, max_length=MAX_TOKENS, padding=True, return_tensors="pt", return_offsets_mapping=True,
    )  # fmt: skip
    offsets = found.pop("offset_mapping").tolist()
    allowed = torch.zeros(found["input_ids"].shape, dtype=torch.bool)
    for row, (places, (_, window)) in enumerate(zip(offsets, pairs, strict=True)):
        belongs = found.sequence_ids(row)
        for token, (start, end) in enumerate(places):
            allowed[row, token] = token == 0 or (belongs[token] == 1 and start < end <= len(window.sentence))
    return Inputs(dict(found), offsets, allowed)


def load_span_model(folder: Path) -> BertForQuestionAnswering:
    """The reader's encoder with a head that knows nothing yet, in float32."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch
    from safetensors.torch import load_file
    from transformers import AutoConfig, BertForQuestionAnswering

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    config.num_labels = 2  # beginning and end
    model = BertForQuestionAnswering(config)
    weights = load_file(folder / "model.safetensors")
    known = model.state_dict()
    model.load_state_dict({name: value.float() for name, value in weights.items() if name in known}, strict=False)
    return model.to(torch.float32)


def own_parameters(model: BertForQuestionAnswering) -> dict[str, Any]:
    """What is not the reader's, by name."""
    layers = len(model.bert.encoder.layer)
    own = tuple(f"bert.encoder.layer.{n}." for n in range(layers - OWN_LAYERS, layers))
    return {name: value for name, value in model.named_parameters() if name.startswith((*own, "qa_outputs."))}


class SpanReader:
    """Reads which words answer; loaded at the first question."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        """Nothing is loaded yet.

        Raises:
            ModelUnavailable: its record is missing or of another version.
        """
        self._weights = weights
        file = weights / RECORD
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
            self._sha256 = str(values["sha256"])
            self.threshold = float(values["threshold"])
        except FileNotFoundError as error:
            raise ModelUnavailable(f"{file} is missing; {_INSTEAD}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise ModelUnavailable(f"{file} is not of this version ({error!r}); {_INSTEAD}") from error

    def check(self) -> None:
        """Compare the checksum of the weights.

        Raises:
            ModelUnavailable: they are missing or altered.
        """
        file = self._weights / FILE
        if not file.is_file():
            raise ModelUnavailable(f"{file} is missing; {_INSTEAD}")
        found = hashlib.sha256(file.read_bytes()).hexdigest()
        if found != self._sha256:
            raise ModelUnavailable(f"{file} has sha256 {found[:12]}…, expected {self._sha256[:12]}…; {_INSTEAD}")

    @cached_property
    def _loaded(self) -> tuple[PreTrainedTokenizerBase, BertForQuestionAnswering]:
        self.check()
        from safetensors.torch import load_file
        from transformers import AutoTokenizer

        model = load_span_model(self._weights)
        own = load_file(self._weights / FILE)
        model.load_state_dict({name: value.float() for name, value in own.items()}, strict=False)
        return AutoTokenizer.from_pretrained(self._weights, local_files_only=True), model.eval()

    @memory_for("the reader", _MB, "set RAG_READER=linear to do without")
    def spans(self, question: str, windows: Sequence[Window]) -> list[Span]:
        """The best span of each sentence, however improbable."""
        import torch

        tokenizer, model = self._loaded
        inputs = encode(tokenizer, [(question, window) for window in windows])
        fast = bool(torch.cpu.get_capabilities().get("avx512_bf16"))
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast):
            found = model(**inputs.tensors)
        return best_spans(inputs, found.start_logits.float(), found.end_logits.float())


def best_spans(inputs: Inputs, starts: torch.Tensor, ends: torch.Tensor) -> list[Span]:
    """Of each pair the span whose probabilities of beginning and end have the highest product; an empty one at 0 where the sentence was cut off."""
    import torch

    outside = ~inputs.allowed
    starts = starts.masked_fill(outside, -torch.inf).softmax(-1)
    ends = ends.masked_fill(outside, -torch.inf).softmax(-1)
    length = starts.shape[-1]
    near = torch.ones(length, length).triu().tril(_LONGEST - 1)
    near[0] = 0  # "no answer"
    joint = starts.unsqueeze(2) * ends.unsqueeze(1) * near
    best = joint.flatten(1).max(1)
    spans = []
    for row, (probability, place) in enumerate(zip(best.values.tolist(), best.indices.tolist(), strict=True)):
        first, last = divmod(place, length)
        places = inputs.offsets[row]
        spans.append(Span(places[first][0], places[last][1], probability) if probability else Span(0, 0, 0.0))
    return spans
