"""The adapter's training, on a model of two layers: that it learns, packs, goes on, and that llama.cpp adds what it wrote."""

from dataclasses import replace
from pathlib import Path

import gguf
import pytest
from tiny_gguf import LAYERS, write_tiny

from rag.asking import question_prompt
from rag.models import LocalModel
from rag.training.adapter import AdaptedJudge, Options, figures, run_adapter, train
from rag.training.asks import Ask, Bundle
from rag.training.files import TrainingError

OPTIONS = Options(first_layer=1, learning_rate=3e-2, bundles_per_step=4)
BUNDLES = [
    Bundle(
        f"The {thing} was built in {year}.",
        (
            Ask("question", f"When was the {thing} built?", True, "gold", str(year)),
            Ask("question", f"Who paid for the {thing}?", False, "near miss: verb"),
            Ask("statement", f"The {thing} is from {year}.", True, "verbatim"),
        ),
    )
    for thing, year in zip(("tower", "bridge", "mill", "gate") * 6, range(1900, 1924), strict=True)
]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture
def judge(weights: Path) -> AdaptedJudge:
    return AdaptedJudge(weights, OPTIONS)


def test_only_the_upper_layers_are_added_to(judge: AdaptedJudge) -> None:
    assert {name.split(".")[1] for name in judge.added} == {str(n) for n in range(OPTIONS.first_layer, LAYERS)}
    assert len(judge.added) == 7
    assert sum(p.requires_grad for p in judge.model.parameters()) == 2 * len(judge.added)


def test_what_is_asked_together_is_told_as_if_it_were_asked_alone(judge: AdaptedJudge) -> None:
    together = judge.log_odds(BUNDLES[:5])
    alone = [[judge.log_odds([Bundle(b.passage, (ask,))])[0][0] for ask in b.asks] for b in BUNDLES[:5]]
    for first, second in zip(together, alone, strict=True):
        assert first == pytest.approx(second, abs=0.02)  # bfloat16
    assert len({round(value, 3) for values in together for value in values}) > 5


def test_words_to_be_copied_stand_where_they_are_looked_for(judge: AdaptedJudge) -> None:
    packed = judge.packed(BUNDLES[0], copying=True)
    words = [packed.tokens[place + 1] for place in packed.copied]
    assert judge.tokenizer.decode(words) == '1900"'
    assert [judge.tokenizer.decode(packed.tokens[place]) for place in packed.asked] == ["\n"] * 3


def test_training_learns_and_goes_on_where_it_stopped(weights: Path, judge: AdaptedJudge, tmp_path: Path) -> None:
    before = figures(BUNDLES, judge.log_odds(BUNDLES))["question"]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    run_adapter(weights, BUNDLES, BUNDLES, whole, OPTIONS)
    after = figures(BUNDLES, trained_again(weights, whole).log_odds(BUNDLES))["question"]
    assert after > max(before, 0.9)
    parts.mkdir()
    train(judge, BUNDLES, parts, most=3)
    going_on = AdaptedJudge(weights, OPTIONS)
    lines: list[str] = []
    assert train(going_on, BUNDLES, parts, lines.append) == 6
    assert lines[0] == "going on from step 3"
    assert going_on.log_odds(BUNDLES) == trained_again(weights, whole).log_odds(BUNDLES)


def trained_again(weights: Path, folder: Path) -> AdaptedJudge:
    """With all steps of the checkpoint already taken."""
    judge = AdaptedJudge(weights, OPTIONS)
    assert train(judge, BUNDLES, folder) == 6
    return judge


def test_a_checkpoint_of_another_training_is_refused(weights: Path, judge: AdaptedJudge, tmp_path: Path) -> None:
    train(judge, BUNDLES, tmp_path, most=1)
    other = AdaptedJudge(weights, replace(OPTIONS, rank=4))
    with pytest.raises(TrainingError, match="another training"):
        train(other, BUNDLES, tmp_path)


def test_llama_cpp_adds_what_was_written(weights: Path, tmp_path: Path) -> None:
    run_adapter(weights, BUNDLES, BUNDLES, tmp_path, OPTIONS)
    adapter = tmp_path / "adapter.gguf"
    names = {tensor.name for tensor in gguf.GGUFReader(adapter).tensors}
    assert "blk.1.ffn_down.weight.lora_a" in names
    judge = trained_again(weights, tmp_path)
    plain, adapted = LocalModel(weights), LocalModel(weights, adapter=adapter)
    moved = 0.0
    for bundle in BUNDLES[:3]:
        ask = bundle.asks[0]
        prompt = question_prompt(ask.text, bundle.passage)
        expected = judge.log_odds([Bundle(bundle.passage, (ask,))])[0][0]
        assert adapted.yes_over_no(prompt) == pytest.approx(expected, abs=0.3)  # bfloat16 here, float32 there
        moved = max(moved, abs(plain.yes_over_no(prompt) - expected))
    assert moved > 1
