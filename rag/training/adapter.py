"""Asks to an adapter: low-rank additions (LoRA, Hu et al. 2021) to the weights of the packaged judge, which stay as they are.

Trained on the weights as they are used, four bits a weight and computed with in bfloat16; written as GGUF, which llama.cpp adds at run time.
On a GPU half an hour is enough; on two cores it would take days.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import gguf
import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.nn import functional
from transformers import AutoTokenizer, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from rag.asking import phrase_prompt, question_prompt, statement_prompt

if TYPE_CHECKING:
    from rag.training.asks import Ask

_SEED = 7
_NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip
"""Of the layers that are added to: as transformers and as GGUF call them."""
_NORMS = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
_TOP = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
_WARM = 0.05
"""Share of the steps in which the learning rate rises."""


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that changes the adapter besides the data."""

    rank: int = 8
    alpha: float = 16.0
    learning_rate: float = 1e-4
    tokens_per_step: int = 8_000
    """About; an ask has 200."""
    copying: float = 0.3
    """Weight of the loss of copied words."""
    epochs: int = 1
    most_tokens: int = 512
    """A longer prompt is left out."""


class Added(nn.Module):
    """A linear layer and what is added to it: down to `rank` dimensions and up again, at first nothing."""

    def __init__(self, base: nn.Linear, options: Options) -> None:
        super().__init__()
        self.base, self.scale = base, options.alpha / options.rank
        self.down = nn.Parameter(torch.empty(options.rank, base.in_features, device=base.weight.device))
        self.up = nn.Parameter(torch.zeros(base.out_features, options.rank, device=base.weight.device))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shapes (…, in) to (…, out)."""
        low = functional.linear(x, self.down.to(x.dtype))
        out: torch.Tensor = self.base(x) + self.scale * functional.linear(low, self.up.to(x.dtype))
        return out


class AdaptedJudge:
    """The judge's model with an adapter to train."""

    def __init__(self, weights: Path, tokenizer: PreTrainedTokenizerFast, options: Options) -> None:
        """Loads the weights, which takes a minute."""
        torch.manual_seed(_SEED)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.options, self._tokenizer = options, tokenizer
        self.model = load_base(weights, self.device)
        self.yes, self.no = (tokenizer.encode(word)[0] for word in ("Yes", "No"))
        self.added: dict[str, Added] = {}
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        for number, layer in enumerate(self.model.model.layers):
            for name, short in _NAMES.items():
                parent, _, leaf = name.partition(".")
                holder = getattr(layer, parent)
                added = Added(getattr(holder, leaf), options)
                setattr(holder, leaf, added)
                self.added[f"blk.{number}.{short}.weight"] = added

    def parameters(self) -> list[nn.Parameter]:
        """All that is trained."""
        return [parameter for added in self.added.values() for parameter in (added.down, added.up)]

    def encoded(self, asks: Sequence[Ask], *, copying: bool) -> list[Encoded]:
        """The asks as tokens; those that are too long are left out."""
        found = []
        for number, ask in enumerate(asks):
            make = question_prompt if ask.kind == "question" else statement_prompt
            asked = self._tokenizer.encode(make(ask.text, ask.passage))
            after: list[int] = []
            if copying and ask.yes and ask.phrase:
                turn = self._tokenizer.encode(phrase_prompt(ask.text, ask.passage))[len(asked) :]
                after = [*turn, *self._tokenizer.encode(ask.phrase + '"')]
            told = len(self._tokenizer.encode(ask.phrase + '"')) if after else 0
            if len(asked) + len(after) <= self.options.most_tokens:
                found.append(Encoded(number, [*asked, *after], len(asked) - 1, told, ask.yes))
        return found

    @torch.no_grad()
    def log_odds(self, asks: Sequence[Ask]) -> list[float]:
        """Difference of the log-probabilities of "Yes" and "No"; not a number for an ask that is too long."""
        self.model.eval()
        found = [math.nan] * len(asks)
        for batch in batches(self.encoded(asks, copying=False), 4 * self.options.tokens_per_step):
            hidden = self._hidden(batch)
            rows = torch.arange(len(batch), device=self.device)
            last = hidden[rows, torch.tensor([e.asked for e in batch], device=self.device)]
            logits = self.model.lm_head(last).float()
            for one, value in zip(batch, (logits[:, self.yes] - logits[:, self.no]).tolist(), strict=True):
                found[one.number] = value
        return found

    def loss(self, batch: Sequence[Encoded]) -> torch.Tensor:
        """Mean cross-entropy of the word that is right, and of the words to be copied."""
        hidden = self._hidden(batch)
        rows = torch.arange(len(batch), device=self.device)
        asked = hidden[rows, torch.tensor([e.asked for e in batch], device=self.device)]
        words = torch.tensor([self.yes if e.yes else self.no for e in batch], device=self.device)
        total = functional.cross_entropy(self.model.lm_head(asked).float(), words)
        places = [(row, place) for row, e in enumerate(batch) for place in e.copied]
        if places and self.options.copying:
            at_row, at_place = (torch.tensor(column, device=self.device) for column in zip(*places, strict=True))
            told = torch.tensor([batch[row].tokens[place + 1] for row, place in places], device=self.device)
            logits = self.model.lm_head(hidden[at_row, at_place]).float()
            total = total + self.options.copying * functional.cross_entropy(logits, told)
        return total

    def _hidden(self, batch: Sequence[Encoded]) -> torch.Tensor:
        longest = max(len(e.tokens) for e in batch)
        tokens = torch.tensor([e.tokens + [self.no] * (longest - len(e.tokens)) for e in batch], device=self.device)
        mask = torch.tensor([[1] * len(e.tokens) + [0] * (longest - len(e.tokens)) for e in batch], device=self.device)
        hidden: torch.Tensor = self.model.model(input_ids=tokens, attention_mask=mask, use_cache=False).last_hidden_state
        return hidden

    def write(self, path: Path, base: str) -> None:
        """The adapter as GGUF, in half precision."""
        writer = gguf.GGUFWriter(path, "qwen2")
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_string("general.name", f"judge's adapter to {base}")
        writer.add_float32("adapter.lora.alpha", self.options.alpha)
        for name, added in self.added.items():
            for suffix, part in (("lora_a", added.down), ("lora_b", added.up)):
                writer.add_tensor(f"{name}.{suffix}", part.detach().cpu().numpy().astype(np.float16))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


@dataclass(frozen=True, slots=True)
class Encoded:
    """An ask as tokens."""

    number: int
    tokens: list[int]
    asked: int
    """Position after which the reply begins."""
    told: int
    """Tokens at the end that are to be copied."""
    yes: bool

    @property
    def copied(self) -> range:
        """Positions after which the words to be copied stand."""
        return range(len(self.tokens) - self.told - 1, len(self.tokens) - 1)


def train(
    judge: AdaptedJudge,
    asks: Sequence[Ask],
    log: Callable[[str], None],
    *,
    seconds: float = math.inf,
    measure: Callable[[int], None] = lambda step: None,
    every: int = 200,
) -> None:
    """All asks `epochs` times, or until the time is up; the learning rate falls to nothing by then."""
    options, rng = judge.options, random.Random(_SEED)
    encoded = judge.encoded(asks, copying=True)
    order = [b for _ in range(options.epochs) for b in batches(encoded, options.tokens_per_step, rng)]
    optimizer = torch.optim.AdamW(judge.parameters(), lr=options.learning_rate, weight_decay=0.0)
    began, seen = time.monotonic(), 0.0
    for step, batch in enumerate(order, start=1):
        spent = time.monotonic() - began
        gone = max((step - 1) / len(order), spent / seconds)
        if gone >= 1:
            break
        rate = min(1.0, (step / len(order)) / _WARM) * 0.5 * (1 + math.cos(math.pi * gone))
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * rate
        judge.model.train()
        loss = judge.loss(batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(judge.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 20 == 0:
            seen = loss.item()
            log(f"step {step}/{len(order)} loss {seen:.3f}, {spent:.0f} s")
        if step % every == 0:
            measure(step)


def batches(encoded: Sequence[Encoded], tokens: int, rng: random.Random | None = None) -> list[list[Encoded]]:
    """Of similar length and with so many tokens at most, padding counted; in random order if there is one."""
    noise = rng.random if rng else lambda: 0.0
    found: list[list[Encoded]] = []
    longest = 0
    for one in sorted(encoded, key=lambda e: len(e.tokens) + 40 * noise()):
        longest = max(longest, len(one.tokens)) if found else len(one.tokens)
        if not found or longest * (len(found[-1]) + 1) > tokens:
            found.append([])
            longest = len(one.tokens)
        found[-1].append(one)
    if rng:
        rng.shuffle(found)
    return found


def figures(asks: Sequence[Ask], log_odds: Sequence[float]) -> dict[str, float]:
    """Area under the curve of all questions and statements, and of each wrong origin against all right ones of its kind."""
    right, wrong = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for ask, value in zip(asks, log_odds, strict=True):
        if not math.isnan(value):
            (right[ask.kind] if ask.yes else wrong[ask.kind]).append(value)
            if not ask.yes:
                wrong[f"{ask.kind}: {ask.origin}"].append(value)
    found = {}
    for name, low in sorted(wrong.items()):
        high = right[name.partition(":")[0]]
        if high:
            found[name] = round(float(roc_auc_score([1] * len(high) + [0] * len(low), high + low)), 4)
    return found


def load_base(weights: Path, device: str) -> Qwen2ForCausalLM:
    """The model of a GGUF file, its weights spelled out in bfloat16."""
    reader = gguf.GGUFReader(weights)

    def value(name: str) -> float:
        return float(reader.fields[f"qwen2.{name}"].contents())

    tensors = {tensor.name: tensor for tensor in reader.tensors}
    config = Qwen2Config(
        vocab_size=int(tensors["token_embd.weight"].shape[1]),
        hidden_size=int(value("embedding_length")),
        intermediate_size=int(value("feed_forward_length")),
        num_hidden_layers=int(value("block_count")),
        num_attention_heads=int(value("attention.head_count")),
        num_key_value_heads=int(value("attention.head_count_kv")),
        max_position_embeddings=int(value("context_length")),
        rms_norm_eps=value("attention.layer_norm_rms_epsilon"),
        rope_parameters={"rope_type": "default", "rope_theta": value("rope.freq_base")},
        tie_word_embeddings=False,
    )
    with torch.device("meta"):
        model = Qwen2ForCausalLM(config).to(torch.bfloat16)
    model = model.to_empty(device=device)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            tensor = tensors[_called(name)]
            values = torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type))
            parameter.copy_(values.to(torch.bfloat16))
    model.model.rotary_emb = type(model.model.rotary_emb)(config).to(device)  # its frequencies are no parameter
    return model


def _called(name: str) -> str:
    """What GGUF calls a parameter of transformers.

    >>> _called("model.layers.3.mlp.gate_proj.weight")
    'blk.3.ffn_gate.weight'
    """
    stem, _, end = name.rpartition(".")
    if stem in _TOP:
        return f"{_TOP[stem]}.{end}"
    number, _, inner = stem.removeprefix("model.layers.").partition(".")
    return f"blk.{number}.{(_NAMES | _NORMS)[inner]}.{end}"
