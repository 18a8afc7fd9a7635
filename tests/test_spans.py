"""Which words of a sentence answer: the span head's own weights, its decoding and its training."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from test_training_data import write_data
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

from rag.errors import ModelUnavailable
from rag.reader import CrossReader, LinearReader
from rag.reader.questions import parse_question
from rag.reader.spans import (
    FILE,
    RECORD,
    WEIGHTS,
    Inputs,
    SpanReader,
    Window,
    best_spans,
    encode,
    load_span_model,
    own_parameters,
)
from rag.training.__main__ import main
from rag.training.examples import Example
from rag.training.files import TrainingError
from rag.training.spans import Asked, Options, asked_of, span_loss, train_spans

HARBOUR = Window("The harbour was opened by Ada Brill in 1912.", "It took nine years to build.", "Port of Lima")
WEATHER = Window("It often rains there in June.", "", "Port of Lima")


def words(question: str, *windows: Window) -> list[str | None]:
    found = CrossReader().spans(parse_question(question), windows)
    return [w.sentence[s.start : s.end] if s else None for w, s in zip(windows, found, strict=True)]


@pytest.mark.parametrize(
    ("question", "answer"), [("who opened the harbour", "Ada Brill"), ("When was the harbour opened?", "1912")]
)
def test_the_words_that_answer_are_found_and_others_are_not(question: str, answer: str) -> None:
    assert words(question, HARBOUR, WEATHER) == [answer, None]


def test_a_reader_without_a_network_names_no_words() -> None:
    assert LinearReader().spans(parse_question("Who opened it?"), [HARBOUR, WEATHER]) == [None, None]
    assert CrossReader().spans(parse_question("Who opened it?"), []) == []


def test_no_span_leaves_the_sentence() -> None:
    """What stands before the sentence would fit better."""
    span = SpanReader().spans("How many years did it take to build?", [HARBOUR])[0]
    assert 0 <= span.start < span.end <= len(HARBOUR.sentence)
    assert span.probability < 0.2


def test_where_there_is_no_room_or_no_sentence_there_is_no_sure_span() -> None:
    long = SpanReader().spans("why " * 200 + "?", [HARBOUR])[0]
    assert 0 <= long.start < long.end <= len(HARBOUR.sentence)
    assert long.probability < 0.2
    nothing = SpanReader().spans("Who opened it?", [Window("", HARBOUR.sentence, "")])[0]
    assert (nothing.start, nothing.end, nothing.probability) == (0, 0, 0.0)


def test_the_best_span_is_decoded_in_order_and_not_too_long() -> None:
    places = [[(0, 0), *((n, n + 1) for n in range(40))]]
    inputs = Inputs({}, places, torch.ones(1, 41, dtype=torch.bool))
    starts, ends = torch.zeros(1, 41), torch.zeros(1, 41)
    starts[0, 30], ends[0, 5] = 4.0, 5.0  # the likeliest end is before the likeliest beginning
    (span,) = best_spans(inputs, starts, ends)
    assert span.start < span.end == 5
    starts, ends = torch.zeros(1, 41), torch.zeros(1, 41)
    starts[0, 1], ends[0, 40] = 9.0, 9.0
    (span,) = best_spans(inputs, starts, ends)
    assert span.end - span.start <= 24


@pytest.mark.parametrize("file", [FILE, RECORD])
def test_missing_weights_are_named_with_the_way_out(file: str, tmp_path: Path) -> None:
    folder = _copied(tmp_path)
    (folder / file).unlink()
    with pytest.raises(ModelUnavailable, match=f"{file} is missing.*RAG_READER=linear"):
        CrossReader(folder).check()


def test_altered_weights_and_those_of_another_version_are_refused(tmp_path: Path) -> None:
    folder = _copied(tmp_path)
    (folder / FILE).write_bytes(b"x")
    with pytest.raises(ModelUnavailable, match=r"has sha256 .* expected"):
        SpanReader(folder).check()
    (folder / RECORD).write_text('{"sha256": 1}', encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="not of this version"):
        SpanReader(folder)


def _copied(folder: Path) -> Path:
    for file in WEIGHTS.iterdir():
        if file.name in (FILE, RECORD):
            shutil.copy(file, folder)
        else:
            (folder / file.name).symlink_to(file)
    return folder


# --- training ----------------------------------------------------------------------------------------------------

EXAMPLE = Example(
    "Who opened the harbour?",
    "Port of Lima",
    (HARBOUR.before, HARBOUR.sentence, "It is deep."),
    1,
    "Ada Brill",
    "en",
    "x",
)


def test_a_question_is_put_to_its_sentence_and_to_one_that_does_not_answer() -> None:
    gold, other = asked_of([EXAMPLE])
    assert gold == Asked(EXAMPLE.question, HARBOUR, (26, 35))
    assert other.answer is None
    assert other.window.sentence in (HARBOUR.before, "It is deep.")
    (alone,) = asked_of([replace(EXAMPLE, sentences=(HARBOUR.sentence,), gold=0)])
    assert alone.answer == (26, 35)


def test_the_loss_is_lowest_for_the_answer_and_for_none() -> None:
    tokenizer = AutoTokenizer.from_pretrained(WEIGHTS, local_files_only=True)
    inputs = encode(tokenizer, [("Who opened the harbour?", HARBOUR)])
    tokens = [n for n, (a, b) in enumerate(inputs.offsets[0]) if inputs.allowed[0, n] and n and 26 <= a < b <= 35]
    shape = inputs.allowed.shape

    def loss(start: int, end: int, answer: tuple[int, int] | None) -> float:
        starts, ends = torch.zeros(shape), torch.zeros(shape)
        starts[0, start], ends[0, end] = 20.0, 20.0
        return span_loss(inputs, starts, ends, [answer]).item()

    assert loss(tokens[0], tokens[-1], (26, 35)) < 1e-3 < 5 < loss(0, 0, (26, 35))
    assert loss(0, 0, None) < 1e-3 < 5 < loss(tokens[0], tokens[-1], None)
    outside = next(n for n in range(1, shape[1]) if not inputs.allowed[0, n])
    assert loss(outside, outside, None) > 0.5  # no probability falls outside the sentence


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader of five small layers with random weights and the real tokenizer."""
    folder = tmp_path_factory.mktemp("reader")
    torch.manual_seed(1)
    sizes = {"hidden_size": 16, "num_hidden_layers": 5, "num_attention_heads": 2, "intermediate_size": 16}
    BertForSequenceClassification(BertConfig(**sizes, num_labels=1)).save_pretrained(folder)
    AutoTokenizer.from_pretrained(WEIGHTS, local_files_only=True).save_pretrained(folder)
    return folder


PAIRS = asked_of([replace(EXAMPLE, question=f"Who opened harbour {n}?") for n in range(8)])


def test_only_the_upper_layers_are_trained_and_saved(weights: Path, tmp_path: Path) -> None:
    figures = train_spans(PAIRS, PAIRS[:4], weights, tmp_path, Options(epochs=1, pairs_per_step=4), log=_silent)
    saved = load_file(tmp_path / FILE)
    before = load_span_model(weights)
    assert set(saved) == set(own_parameters(before))
    assert not any(".layer.0." in name or "embeddings" in name for name in saved)
    changed = "bert.encoder.layer.4.output.dense.weight"
    assert not torch.equal(saved[changed], before.state_dict()[changed].half())
    assert 0 <= figures["f1"] <= 1
    record = json.loads((tmp_path / RECORD).read_text(encoding="utf-8"))
    assert record["options"] == {"epochs": 1, "pairs_per_step": 4, "learning_rate": 2e-4}
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"):
        shutil.copy(weights / name, tmp_path)
    reader = SpanReader(tmp_path)
    reader.check()
    assert len(reader.spans("Who opened it?", [HARBOUR])) == 1


def test_an_interrupted_training_ends_with_the_same_weights(weights: Path, tmp_path: Path) -> None:
    chosen = Options(epochs=2, pairs_per_step=4)
    train_spans(PAIRS, PAIRS[:4], weights, tmp_path / _made(tmp_path, "whole"), chosen, log=_silent)
    lines: list[str] = []

    def stop(line: str) -> None:
        lines.append(line)
        if line.startswith("epoch 2/2"):
            raise KeyboardInterrupt

    parts = tmp_path / _made(tmp_path, "parts")
    with pytest.raises(KeyboardInterrupt):
        train_spans(PAIRS, PAIRS[:4], weights, parts, chosen, log=stop)
    with pytest.raises(TrainingError, match="of a training with other data"):
        train_spans(PAIRS[1:], PAIRS[:4], weights, parts, chosen, log=_silent)
    train_spans(PAIRS, PAIRS[:4], weights, parts, chosen, log=lines.append)
    assert [line.split(" step")[0] for line in lines] == ["epoch 1/2", "epoch 2/2", "epoch 2/2"]
    whole, again = load_file(tmp_path / "whole" / FILE), load_file(parts / FILE)
    assert all(torch.equal(whole[name], again[name]) for name in whole)
    assert [file.name for file in parts.iterdir() if "checkpoint" in file.name] == []


def test_the_command_trains(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.training.__main__.WEIGHTS", weights)
    data, out = write_data(tmp_path / "data"), tmp_path / "out"
    main(["spans", "--data", str(data), "--out", str(out), "--epochs", "1", "--learning-rate", "1e-4"])
    assert json.loads((out / RECORD).read_text(encoding="utf-8"))["options"]["learning_rate"] == 1e-4
    assert "epoch 1/1" in (out / "train.log").read_text(encoding="utf-8")


def _made(folder: Path, name: str) -> str:
    (folder / name).mkdir()
    return name


def _silent(line: str) -> Sequence[str] | None:
    return None
