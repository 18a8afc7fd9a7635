"""Asks to an adapter: low-rank additions (LoRA, Hu et al. 2021) to the weights of the packaged judge, which stay as they are.

Trained on the weights as they are used, four bits a weight, and written as GGUF, which llama.cpp adds at run time. All that is asked about a
passage goes through the model at once, each thing seeing the passage and itself: that makes it a matter of an hour on two cores.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import gguf
import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.nn import functional
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from rag.asking import phrase_prompt, question_prompt, statement_prompt
from rag.training.asks import Ask, Bundle
from rag.training.files import TrainingError
from rag.training.groups import Log
from rag.training.train import log_to

FIGURES = "figures.json"
_SEED = 7
_CHECKPOINT = "checkpoint.pt"
_NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip
"""Of the layers that are added to: as transformers and as GGUF call them."""
_NORMS = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
_TOP = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
_SEQUENCE = 1000
"""Tokens that go through the model at once, about: the weights are read once for all of them."""
_WARM = 0.06
"""Share of the training in which the learning rate rises."""


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that changes the adapter besides the data."""

    rank: int = 8
    alpha: float = 16.0
    first_layer: int = 14
    """Layers below it stay as they are: what is not added to needs no second pass, in training and in use."""
    learning_rate: float = 3e-4
    bundles_per_step: int = 10
    copying: float = 0.0
    """Weight of the loss of copied words; 0 leaves them out."""
    minutes: float = 0.0
    """Training ends after so many at the latest, its learning rate as low as at the end of all steps; 0 for no end but that."""


class Added(nn.Module):
    """A linear layer and what is added to it: down to `rank` dimensions and up again, at first nothing."""

    def __init__(self, base: nn.Linear, options: Options) -> None:
        """Adds nothing yet."""
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


@dataclass(frozen=True, slots=True)
class Packed:
    """Bundles as one sequence: of each what its prompts share, then the rest of each."""

    tokens: list[int]
    positions: list[int]
    bundles: list[int]
    """Of each token to which bundle it belongs."""
    parts: list[int]
    """And to which of its asks; -1 for all."""
    asked: list[int]
    """For each ask where its reply begins: behind this place."""
    yes: list[bool]
    copied: list[int]
    """Places behind which words to be copied stand."""


class AdaptedJudge:
    """The judge's model with an adapter to train."""

    def __init__(self, weights: Path, options: Options) -> None:
        """Loads the weights, which takes a minute.

        Args:
            weights: The GGUF file as it is used.
            options: Of the adapter and its training.
        """
        torch.manual_seed(_SEED)
        self.options = options
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer = load_tokenizer(weights)
        self.model = load_base(weights, self.device)
        yes, no = (self.tokenizer.encode(word)[0] for word in ("Yes", "No"))
        self._difference = (self.model.lm_head.weight[yes] - self.model.lm_head.weight[no]).float()
        self.added: dict[str, Added] = {}
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        for number, layer in enumerate(self.model.model.layers):
            for name, short in _NAMES.items() if number >= options.first_layer else ():
                parent, _, leaf = name.partition(".")
                holder = getattr(layer, parent)
                added = Added(getattr(holder, leaf), options)
                setattr(holder, leaf, added)
                self.added[f"blk.{number}.{short}.weight"] = added

    def parameters(self) -> list[nn.Parameter]:
        """All that is trained."""
        return [parameter for added in self.added.values() for parameter in (added.down, added.up)]

    def packed(self, bundle: Bundle, *, copying: bool = False) -> Packed:
        """The prompts of a bundle, each as llama.cpp would see it."""
        prompts = [self.tokenizer.encode(_prompt(ask, bundle.passage)) for ask in bundle.asks]
        shared = _common(prompts)
        found = Packed(prompts[0][:shared], [*range(shared)], [0] * shared, [-1] * shared, [], [], [])
        for number, (ask, prompt) in enumerate(zip(bundle.asks, prompts, strict=True)):
            found.asked.append(len(found.tokens) + len(prompt) - shared - 1)
            found.yes.append(ask.yes)
            rest = prompt[shared:]
            if copying and ask.phrase:
                turn = self.tokenizer.encode(phrase_prompt(ask.text, bundle.passage))[len(prompt) :]
                told = self.tokenizer.encode(ask.phrase + '"')
                first = len(found.tokens) + len(rest) + len(turn) - 1
                found.copied.extend(range(first, first + len(told)))
                rest = [*rest, *turn, *told]
            found.tokens.extend(rest)
            found.positions.extend(range(shared, shared + len(rest)))
            found.bundles.extend([0] * len(rest))
            found.parts.extend([number] * len(rest))
        return found

    @torch.no_grad()
    def log_odds(self, bundles: Sequence[Bundle]) -> list[list[float]]:
        """For each ask the difference of the log-probabilities of "Yes" and "No"."""
        found: list[list[float]] = []
        for several in sequences([self.packed(bundle) for bundle in bundles]):
            odds = iter(self._odds(whole := together(several), self._hidden(whole)).tolist())
            found += [[next(odds) for _ in packed.yes] for packed in several]
        return found

    def loss(self, packed: Packed) -> torch.Tensor:
        """Sum over the asks of the binary cross-entropy, and the mean cross-entropy of the words to be copied."""
        hidden = self._hidden(packed)
        target = torch.tensor([float(yes) for yes in packed.yes], device=self.device)
        odds = self._odds(packed, hidden)
        total = functional.binary_cross_entropy_with_logits(odds, target, reduction="sum")
        if packed.copied and self.options.copying:
            told = torch.tensor([packed.tokens[place + 1] for place in packed.copied], device=self.device)
            logits = self.model.lm_head(hidden[packed.copied]).float()
            total = total + self.options.copying * functional.cross_entropy(logits, told)
        return total

    def _odds(self, packed: Packed, hidden: torch.Tensor) -> torch.Tensor:
        odds: torch.Tensor = hidden[packed.asked].float() @ self._difference
        return odds

    def _hidden(self, packed: Packed) -> torch.Tensor:
        """Shape (tokens, hidden)."""
        bundles, parts = (torch.tensor(ids, device=self.device) for ids in (packed.bundles, packed.parts))
        order = torch.arange(len(parts), device=self.device)
        seen = (order[None, :] <= order[:, None]) & (bundles[None, :] == bundles[:, None])
        seen &= (parts[None, :] == parts[:, None]) | (parts[None, :] == -1)
        mask = torch.zeros(seen.shape, dtype=torch.bfloat16, device=self.device).masked_fill(~seen, -math.inf)
        hidden: torch.Tensor = self.model.model(
            input_ids=torch.tensor([packed.tokens], device=self.device),
            position_ids=torch.tensor([packed.positions], device=self.device),
            attention_mask=mask[None, None],
            use_cache=False,
        ).last_hidden_state[0]
        return hidden

    def write(self, path: Path, base: str) -> None:
        """The adapter as GGUF, in half precision."""
        writer = gguf.GGUFWriter(path, "qwen2")
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_string("general.name", f"adapter of the judge to {base}")
        writer.add_float32("adapter.lora.alpha", self.options.alpha)
        for name, added in self.added.items():
            for suffix, part in (("lora_a", added.down), ("lora_b", added.up)):
                writer.add_tensor(f"{name}.{suffix}", part.detach().cpu().numpy().astype(np.float16))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def run_adapter(
    weights: Path, bundles: Sequence[Bundle], held_out: Sequence[Bundle], out: Path, options: Options
) -> dict[str, float]:
    """Train, and write `adapter.gguf` and its figures on the held-out asks into `out`; returns the figures."""
    out.mkdir(parents=True, exist_ok=True)
    log = log_to(out / "train.log")
    judge = AdaptedJudge(weights, options)
    log(f"{len(bundles)} passages, {sum(len(bundle.asks) for bundle in bundles)} asks; {judge.device}")
    steps = train(judge, bundles, out, log)
    judge.write(out / "adapter.gguf", weights.stem)
    found = figures(held_out, judge.log_odds(held_out))
    values = {
        "options": asdict(options),
        "steps": steps,
        "bundles": min(steps * options.bundles_per_step, len(bundles)),
    }
    (out / FIGURES).write_text(json.dumps({**values, "held out": found}, indent=1) + "\n", encoding="utf-8")
    log(json.dumps(found))
    return found


def train(
    judge: AdaptedJudge,
    bundles: Sequence[Bundle],
    out: Path,
    log: Log = print,
    *,
    every: int = 10,
    most: float = math.inf,
) -> int:
    """Steps taken: all bundles once, in random order, or until the time is up; at most `most` in this call.

    A checkpoint is kept in `out`; called again with the same bundles and options, an interrupted training goes on from it.

    Raises:
        TrainingError: `out` holds the checkpoint of another training.
    """
    options, order = judge.options, list(bundles)
    random.Random(_SEED).shuffle(order)
    steps = [order[i : i + options.bundles_per_step] for i in range(0, len(order), options.bundles_per_step)]
    optimizer = torch.optim.AdamW(judge.parameters(), lr=options.learning_rate, weight_decay=0.0)
    run = _Run(judge, optimizer, out / _CHECKPOINT, hashlib.sha256(repr((options, order)).encode()).hexdigest())
    run.resume(log)
    last = min(len(steps), run.done + most)
    began, already = time.monotonic(), run.seconds
    losses: list[float] = []
    while run.done < last:
        gone = max(run.done / len(steps), run.seconds / 60 / options.minutes if options.minutes else 0.0)
        if gone >= 1:
            break
        rate = min(1.0, gone / _WARM + 0.02) * (1 - gone)
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * rate
        losses.append(_step(judge, optimizer, steps[run.done]))
        run.done += 1
        run.seconds = already + time.monotonic() - began
        if run.done % every == 0:
            left = run.seconds / run.done * (len(steps) - run.done)
            log(
                f"step {run.done}/{len(steps)} loss {np.mean(losses[-every:]):.3f}, {run.seconds:.0f} s, {left:.0f} s left"
            )
        if run.done % (10 * every) == 0:
            run.keep()
    run.keep()
    return run.done


def _step(judge: AdaptedJudge, optimizer: torch.optim.Optimizer, bundles: Sequence[Bundle]) -> float:
    asks = sum(len(bundle.asks) for bundle in bundles)
    total = 0.0
    for several in sequences([judge.packed(bundle, copying=judge.options.copying > 0) for bundle in bundles]):
        loss = judge.loss(together(several)) / asks
        loss.backward()  # type: ignore[no-untyped-call]
        total += loss.item()
    torch.nn.utils.clip_grad_norm_(judge.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return total


@dataclass(slots=True)
class _Run:
    """How far a training has come."""

    judge: AdaptedJudge
    optimizer: torch.optim.Optimizer
    path: Path
    fingerprint: str
    done: int = 0
    seconds: float = 0.0

    def keep(self) -> None:
        state = {"data": self.fingerprint, "done": self.done, "seconds": self.seconds}
        state |= {"added": [p.detach() for p in self.judge.parameters()], "optimizer": self.optimizer.state_dict()}
        part = self.path.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.path)

    def resume(self, log: Log) -> None:
        if not self.path.is_file():
            return
        state = torch.load(self.path, weights_only=True, map_location=self.judge.device)
        if state["data"] != self.fingerprint:
            raise TrainingError(
                f"{self.path} is of a training with other data or options; remove it, or train into another folder"
            )
        with torch.no_grad():
            for parameter, kept in zip(self.judge.parameters(), state["added"], strict=True):
                parameter.copy_(kept)
        self.optimizer.load_state_dict(state["optimizer"])
        self.done, self.seconds = state["done"], state["seconds"]
        log(f"going on from step {self.done}")


def figures(bundles: Sequence[Bundle], log_odds: Sequence[Sequence[float]]) -> dict[str, float]:
    """Area under the curve of all questions and statements, and of each wrong origin against all right ones of its kind."""
    right, wrong = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for bundle, values in zip(bundles, log_odds, strict=True):
        for ask, value in zip(bundle.asks, values, strict=True):
            (right if ask.yes else wrong)[ask.kind].append(value)
            if not ask.yes:
                wrong[f"{ask.kind}: {ask.origin}"].append(value)
    found = {}
    for name, low in sorted(wrong.items()):
        if high := right[name.partition(":")[0]]:
            found[name] = round(float(roc_auc_score([1] * len(high) + [0] * len(low), high + low)), 4)
    return found


def sequences(packed: Sequence[Packed]) -> Iterator[list[Packed]]:
    """In order, as many together as make a sequence."""
    several: list[Packed] = []
    for one in packed:
        if several and sum(len(p.tokens) for p in several) + len(one.tokens) > _SEQUENCE:
            yield several
            several = []
        several.append(one)
    if several:
        yield several


def together(several: Sequence[Packed]) -> Packed:
    """One sequence of several, which do not see each other."""
    whole = Packed([], [], [], [], [], [], [])
    for number, one in enumerate(several):
        start = len(whole.tokens)
        whole.asked.extend(start + place for place in one.asked)
        whole.copied.extend(start + place for place in one.copied)
        whole.tokens.extend(one.tokens)
        whole.positions.extend(one.positions)
        whole.bundles.extend([number] * len(one.tokens))
        whole.parts.extend(one.parts)
        whole.yes.extend(one.yes)
    return whole


def _prompt(ask: Ask, passage: str) -> str:
    return (question_prompt if ask.kind == "question" else statement_prompt)(ask.text, passage)


def _common(prompts: Sequence[Sequence[int]]) -> int:
    """Tokens that all prompts begin with, at most all but one of the shortest.

    >>> _common([[1, 2, 3], [1, 2, 4, 5]]), _common([[1, 2]])
    (2, 1)
    """
    most = min(map(len, prompts)) - 1
    return next((n for n in range(most) if len({prompt[n] for prompt in prompts}) > 1), most)


def load_tokenizer(weights: Path) -> PreTrainedTokenizerFast:
    """The tokenizer of a GGUF file."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(weights.parent), gguf_file=weights.name)


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
