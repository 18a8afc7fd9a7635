"""Labels, targets, steps of training, resuming and figures; from the real MiniLM on invented text."""

import json
import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from test_training_data import write_data
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

from rag.errors import ModelUnavailable
from rag.training.__main__ import main
from rag.training.examples import Example, read_training, split
from rag.training.figures import ablation_table, evaluate
from rag.training.files import TrainingError
from rag.training.groups import Candidate, Group, GroupMaker
from rag.training.labels import Calibration, Label, calibrate, read_labels, with_labels, write_labels
from rag.training.train import Options, _loss, start_folder, targets_of, train

SENTENCES = ("The pier was founded by Ada Brill.", "It is old.", "Nobody likes the paint.")


class WordJudge:
    """Says more the more words are shared, and keeps what it was asked; stops after so many questions."""

    name = "words"

    def __init__(self, patience: int = 1000) -> None:
        self.asked: list[tuple[str, str]] = []
        self._patience = patience

    def log_odds(self, question: str, passage: str) -> float:
        if len(self.asked) == self._patience:
            raise KeyboardInterrupt
        self.asked.append((question, passage))
        shared = set(question.lower().strip("?").split()) & set(passage.lower().split())
        return len(shared) - 4 + zlib.crc32(passage.encode()) % 10 / 10


def candidate(sentence: str, origin: str) -> Candidate:
    return Candidate(sentence, "Before.", "", "Pier", origin)


def group(number: int, *, changed: str | None = None) -> Group:
    first = "near-miss" if changed else "gold"
    origins = (first, "paragraph", "lexical")
    found = tuple(candidate(f"{s} {number}", origin) for s, origin in zip(SENTENCES, origins, strict=True))
    return Group(f"Who {changed or 'founded'} pier {number}?", found, "en", changed)


GROUPS = [group(n, changed="sold" if n % 3 == 2 else None) for n in range(8)]


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Options:
    """For a model of one small layer with random weights and the real tokenizer, since training the real one takes a minute."""
    folder = tmp_path_factory.mktemp("start")
    torch.manual_seed(1)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertForSequenceClassification(BertConfig(**sizes, num_labels=1)).save_pretrained(folder)
    AutoTokenizer.from_pretrained(start_folder(Options().start)).save_pretrained(folder)
    return Options(epochs=2, groups_per_step=2, max_tokens=32, start=str(folder))


@pytest.fixture(scope="module")
def trained(options: Options, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, float]]:
    out = tmp_path_factory.mktemp("whole")
    return out, train(GROUPS, GROUPS[:4], out, options, log=lambda line: None)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("training") / "data")


@pytest.fixture(scope="module")
def examples(data: Path) -> list[Example]:
    return split(read_training(data))[0]


def stopping(word: str, lines: list[str]) -> Callable[[str], None]:
    """A log at whose first line with a word the training is interrupted."""

    def log(line: str) -> None:
        lines.append(line)
        if word in line:
            raise KeyboardInterrupt

    return log


def test_training_writes_weights_and_figures_with_its_options(
    trained: tuple[Path, dict[str, float]], options: Options
) -> None:
    out, figures = trained
    written = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    assert written == {"options": written["options"], **figures}
    assert written["options"]["learning_rate"] == options.learning_rate
    assert {value.dtype for value in load_file(out / "model.safetensors").values()} == {torch.float16}
    assert not (out / "checkpoint.pt").exists()
    assert 0 <= figures["auc near-miss sold"] <= 1


@pytest.mark.parametrize("word", ["step 6/8", '"epoch": 1', '"epoch": 2'], ids=["mid-epoch", "first-end", "last-end"])
def test_an_interrupted_training_ends_with_the_same_weights(
    word: str, trained: tuple[Path, dict[str, float]], options: Options, tmp_path: Path
) -> None:
    lines: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        train(GROUPS, GROUPS[:4], tmp_path, options, log=stopping(word, lines), every=1)
    assert (tmp_path / "checkpoint.pt").exists()
    assert "s left" in lines[0]
    figures = train(GROUPS, GROUPS[:4], tmp_path, options, log=lines.append, every=1)
    assert any(line.startswith("going on from step") for line in lines)
    assert figures == trained[1]
    whole, resumed = (load_file(folder / "model.safetensors") for folder in (trained[0], tmp_path))
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_a_checkpoint_of_another_training_is_refused(options: Options, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(GROUPS, GROUPS[:4], tmp_path, options, log=stopping("step 5", []), every=1)
    with pytest.raises(TrainingError, match="other data or options; remove it"):
        train(GROUPS, GROUPS[:4], tmp_path, replace(options, listwise=0.5))


def test_a_training_begins_with_the_packaged_weights(tmp_path: Path) -> None:
    once = Options(groups_per_step=2, max_tokens=32, learning_rate=0.0)
    train(GROUPS[:2], GROUPS[:2], tmp_path, once, log=lambda line: None)
    first, second = load_file(start_folder(once.start) / "model.safetensors"), load_file(tmp_path / "model.safetensors")
    name = "encoder.layer.5.output.dense.weight"
    assert torch.equal(first[name].half(), second[f"bert.{name}"])


def test_weights_to_begin_with_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="nowhere: no model here; expected a folder with config"):
        start_folder(str(tmp_path / "nowhere"))


def test_the_loss_is_binary_and_a_softmax_with_none_at_zero() -> None:
    logits = torch.tensor([1.0, -2.0, 0.5])
    half = Options(listwise=0.5)

    def softplus(x: float) -> float:
        return math.log1p(math.exp(x))

    total = math.log(math.exp(1) + math.exp(-2) + math.exp(0.5) + 1)
    binary = (math.sqrt(2) * softplus(-1) + softplus(-2) + softplus(0.5)) / 3
    missed = (softplus(1) + softplus(-2) + softplus(0.5)) / 3
    assert _loss([logits], [group(0)], half).item() == pytest.approx(binary + 0.5 * (total - 1), abs=1e-5)
    assert _loss([logits], [group(0, changed="sold")], half).item() == pytest.approx(missed + 0.5 * total, abs=1e-5)
    listwise = Options(binary=0.0)
    assert _loss([logits], [group(0)], listwise).item() == pytest.approx(total - 1, abs=1e-5)
    alone = Group("Q?", (candidate("S.", "gold"),), "en", targets=(0.25,))
    assert _loss([logits[:1]], [alone], Options(listwise=9.0)).item() == pytest.approx(
        0.25 * softplus(-1) + 0.75 * softplus(1), abs=1e-5
    )


def test_figures_count_first_places_and_pairs_in_order() -> None:
    def score(groups: Sequence[Group]) -> list[list[float]]:
        return [[0.5, 1.0, -1.0] if g.question.endswith("0?") else [2.0, -2.0, -3.0] for g in groups]

    figures = evaluate(score, [group(0), group(1), group(1, changed="sold")])
    assert figures["accuracy@1"] == 0.5
    assert figures["auc lexical"] == 1.0
    assert figures["auc paragraph"] == round(5 / 6, 4)
    assert figures["auc near-miss"] == figures["auc near-miss sold"] == 0.25


def test_labels_go_on_where_they_stopped(examples: list[Example], tmp_path: Path) -> None:
    maker = GroupMaker(examples)
    whole, parts = WordJudge(), WordJudge(patience=5)
    assert write_labels(maker, examples, whole, tmp_path / "whole.jsonl", limit=17) == 17
    path = tmp_path / "parts.jsonl"
    with pytest.raises(KeyboardInterrupt):
        write_labels(maker, examples, parts, path, limit=17)
    assert len(read_labels(path)) == 5
    with path.open("a", encoding="utf-8") as file:
        file.write('{"question": "cut off in the mid')
    parts = WordJudge()
    assert write_labels(maker, examples, parts, path, limit=17) == 17
    assert len(parts.asked) == 12
    assert path.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert write_labels(maker, examples, WordJudge(), tmp_path / "none.jsonl", limit=17, seconds=0) == 0


def test_labels_are_of_informative_pairs_and_the_judge_reads_plain_text(
    examples: list[Example], tmp_path: Path
) -> None:
    judge = WordJudge()
    write_labels(GroupMaker(examples), examples, judge, tmp_path / "labels.jsonl", limit=10_000)
    labels = read_labels(tmp_path / "labels.jsonl")
    assert {label.origin for label in labels} >= {"gold", "near-miss", "paragraph", "lexical"}
    assert sum(label.origin == "gold" for label in labels) == len(examples)
    assert len(labels) > 3 * len(examples)
    assert not any("[SEP]" in passage for _, passage in judge.asked)
    assert set(json.loads((tmp_path / "labels.jsonl").read_text().split("\n")[0])) == {
        "question", "window", "origin", "log_odds",
    }  # fmt: skip


def test_the_commands_label_and_then_train_with_the_labels(
    data: Path, options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.judging.load_judge", lambda settings: WordJudge())
    labels, out = tmp_path / "labels.jsonl", tmp_path / "out"
    main(["label", "--data", str(data), "--out", str(labels), "--limit", "60"])
    common = ["--data", str(data), "--out", str(out), "--start", options.start, "--labels", str(labels)]
    main(["reader", *common, "--negatives", "2", "--context", "none", "--listwise", "0.5", "--learning-rate", "1e-4"])
    written = json.loads((out / "figures.json").read_text(encoding="utf-8"))["options"]
    calibration = calibrate(read_labels(labels))
    assert {name: written[name] for name in ("negatives", "context", "listwise", "learning_rate", "labels")} == {
        "negatives": 2, "context": "none", "listwise": 0.5, "learning_rate": 1e-4, "labels": 60,
    }  # fmt: skip
    assert (written["label_scale"], written["label_shift"]) == (calibration.scale, calibration.shift)
    log = (out / "train.log").read_text(encoding="utf-8").split("\n")
    assert log[0].endswith("60 labels")
    assert json.loads(log[-2])["accuracy@1"] <= 1


def test_targets_follow_the_judge_where_there_is_a_label() -> None:
    first = group(0)
    window = first.candidates[1].window()
    labels = [Label(first.question, window, "paragraph", 3.0), Label("Else?", "A. [SEP] Pier | B.", "gold", -1.0)]
    asked, changed, alone = with_labels([first, group(2, changed="sold")], labels, Calibration(0.5, 0.25))
    assert targets_of(asked) == [1.0, pytest.approx(1 / (1 + math.exp(-1.75))), 0.0]
    assert targets_of(changed) == [0.0, 0.0, 0.0]
    assert (alone.question, [c.window() for c in alone.candidates]) == ("Else?", ["A. [SEP] Pier | B."])
    assert targets_of(alone) == [pytest.approx(1 / (1 + math.exp(0.25)))]


def test_calibration_finds_how_sure_the_judge_may_be() -> None:
    def labels(sign: float) -> list[Label]:
        """Three in four right at log-odds of 4, so that the truth is a scale of log(3) / 4 and no shift."""
        return [
            Label("Q?", "w", "gold" if (n % 4 != 0) == (odds > 0) else "paragraph", sign * odds)
            for odds in (4.0, -4.0)
            for n in range(400)
        ]

    found = calibrate(labels(1.0))
    assert found.scale == pytest.approx(math.log(3) / 4, abs=0.01)
    assert found.shift == pytest.approx(0.0, abs=0.01)
    assert found.target(4.0) == pytest.approx(0.75, abs=0.01)
    with pytest.raises(TrainingError, match="fall for gold windows"):
        calibrate(labels(-1.0))
    with pytest.raises(TrainingError, match="1 of 1 labels are for gold"):
        calibrate([Label("Q?", "w", "gold", 1.0)])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            '{"question": "q", "window": "w", "origin": "gold"}',
            "line 1: field 'log_odds' is missing; expected a number",
        ),
        ('{"question": "q", "window": "w", "origin": "gold", "log_odds": NaN}', "line 1: field 'log_odds' is nan"),
        ("\n{", "line 2: not JSON"),
    ],
    ids=["no-field", "not-finite", "not-json"],
)
def test_a_bad_labels_file_is_one_line(line: str, message: str, data: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(
            ["reader", "--data", str(data), "--out", str(tmp_path / "out"), "--labels", str(tmp_path / "labels.jsonl")]
        )
    assert message in str(stopped.value)


def test_the_ablation_table_shows_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, listwise, accuracy in (("one", 1.0, 0.75), ("two", 0.0, 0.5)):
        (tmp_path / name).mkdir()
        figures = {"options": {"epochs": 1, "listwise": listwise}, "accuracy@1": accuracy}
        (tmp_path / name / "figures.json").write_text(json.dumps(figures), encoding="utf-8")
    main(["ablation", str(tmp_path / "one"), str(tmp_path / "two")])
    assert capsys.readouterr().out.split("\n")[:4] == [
        "| run | listwise | accuracy@1 |",
        "| --- | --- | ---: |",
        "| one | 1.0 | 0.750 |",
        "| two | 0.0 | 0.500 |",
    ]
    with pytest.raises(TrainingError, match="no such file; expected the folder of a finished run"):
        ablation_table([tmp_path / "three"])
