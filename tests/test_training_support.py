"""Training on pairs, from the real MiniLM on invented text: what is written, resuming, figures, and the command."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file
from sentence_transformers import CrossEncoder
from test_training_data import write_data
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

from rag.errors import ModelUnavailable
from rag.training.__main__ import main
from rag.training.examples import read_training, split
from rag.training.files import TrainingError
from rag.training.support import Options, learning_share, train_support
from rag.training.support_figures import evaluate, measures, read_statements
from rag.training.support_pairs import Pair, make_pairs, overlap
from rag.training.train import start_folder

STATEMENT = {
    "id": "s1",
    "statement": "The tower fell.",
    "quotes": ["The tower", "fell."],
    "supported": True,
    "kind": "merge",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("support") / "data")


@pytest.fixture(scope="module")
def groups(data: Path) -> list[list[Pair]]:
    return make_pairs(split(read_training(data))[0])[:10]


@pytest.fixture(scope="module")
def small_start(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tiny BERT with MiniLM's tokenizer: what is learned does not matter here, only that steps are taken."""
    folder = tmp_path_factory.mktemp("small")
    tokenizer = AutoTokenizer.from_pretrained(start_folder("all-MiniLM-L6-v2"), local_files_only=True)
    config = BertConfig(
        num_labels=1,
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def flat(groups: list[list[Pair]]) -> list[Pair]:
    return [pair for group in groups for pair in group]


def test_it_learns_and_what_is_written_loads_as_a_cross_encoder(groups: list[list[Pair]], tmp_path: Path) -> None:
    easy = [
        Pair("The tower fell.", f"The tower {verb}.", verb == "fell", "verbatim" if verb == "fell" else "antonym")
        for verb in ("fell", "stood")
    ]
    options = Options(epochs=30, groups_per_step=1, learning_rate=2e-4)
    log: list[str] = []
    trained = train_support(
        [easy], easy, tmp_path, options, statements=flat(groups), data={"file": "0"}, log=log.append
    )
    assert trained.held_out["auc"] == trained.held_out["caught"] == 1.0
    assert trained.statements["pairs"] == len(flat(groups))
    record = json.loads((tmp_path / "support.json").read_text(encoding="utf-8"))
    assert record["sha256"] == hashlib.sha256((tmp_path / "model.safetensors").read_bytes()).hexdigest()
    assert record["pairs"]["trained"] == {"right: verbatim": 1, "wrong: antonym": 1}
    assert record["data"] == {"file": "0"}
    assert record["steps"] == 30
    assert str(load_file(tmp_path / "model.safetensors")["classifier.weight"].dtype) == "torch.float16"
    assert not (tmp_path / "checkpoint.pt").exists()
    model = CrossEncoder(str(tmp_path), device="cpu", local_files_only=True)
    scores = np.asarray(model.predict([(pair.statement, pair.evidence) for pair in easy], show_progress_bar=False))
    assert scores[0] > 0.5 > scores[1]


def test_an_interrupted_training_ends_with_the_weights_that_it_would_have_had(
    groups: list[list[Pair]], small_start: str, tmp_path: Path
) -> None:
    options = Options(epochs=2, groups_per_step=1, start=small_start)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir()
    parts.mkdir()
    train_support(groups, flat(groups), whole, options, log=lambda line: None, every=1)

    def stop(line: str) -> None:
        if line.startswith("step 16/"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_support(groups, flat(groups), parts, options, log=stop, every=1)
    log: list[str] = []
    train_support(groups, flat(groups), parts, options, log=log.append, every=1)
    assert log[0] == "going on from step 10"
    files = [(folder / "model.safetensors").read_bytes() for folder in (whole, parts)]
    assert files[0] == files[1]


def test_a_checkpoint_of_other_options_is_refused(groups: list[list[Pair]], small_start: str, tmp_path: Path) -> None:
    def stop(line: str) -> None:
        if line.startswith("step 11/"):
            raise KeyboardInterrupt

    one = Options(epochs=2, groups_per_step=1, start=small_start)
    with pytest.raises(KeyboardInterrupt):
        train_support(groups, flat(groups), tmp_path, one, log=stop, every=1)
    with pytest.raises(TrainingError, match="of a training with other data or options; remove it"):
        train_support(
            groups, flat(groups), tmp_path, Options(epochs=3, groups_per_step=1, start=small_start), log=print
        )


def test_a_limit_of_minutes_ends_the_training_with_a_low_rate(
    groups: list[list[Pair]], small_start: str, tmp_path: Path
) -> None:
    options = Options(epochs=500, groups_per_step=1, minutes=0.01, start=small_start)
    trained = train_support(groups, flat(groups), tmp_path, options, log=lambda line: None)
    assert 0 < trained.steps < 5000
    assert 0.6 <= trained.seconds < 5
    assert learning_share(1.0) == 0.0
    assert learning_share(0.05) == 1.0


def test_figures_are_those_worked_out_by_hand() -> None:
    right = [Pair("tower fell", "tower fell", True, "verbatim"), Pair("tower", "tower", True, "merge")]
    wrong = [Pair("tower", "tower", False, "name"), Pair("bank", "tower", False, "number")]
    found = measures([4.0, 2.0, 3.0, 1.0], right + wrong)
    assert (found["auc"], found["auc name"], found["auc number"]) == (0.75, 0.5, 1.0)
    assert found["threshold"] == pytest.approx(2.2)  # a tenth of the way from 2 to 4
    assert (found["caught"], found["caught name"], found["caught number"]) == (0.5, 0.0, 1.0)
    assert (found["rejected verbatim"], found["rejected merge"]) == (0.0, 1.0)
    assert evaluate(lambda pairs: [0.0] * len(pairs), right + wrong)["auc"] == 0.5
    assert evaluate(lambda pairs: [0.0] * len(pairs), right + wrong)["overlap auc"] == 0.75
    with pytest.raises(TrainingError, match="2 of 2 pairs are right; expected some of both"):
        measures([1.0, 2.0], right)


def test_overlap_is_of_words_that_mean_something() -> None:
    assert overlap(Pair("The tower in Lima fell.", "Lima fell. [SEP] Tower", True, "x")) == 1.0
    assert overlap(Pair("The tower fell.", "A bank fell.", True, "x")) == 0.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quotes": []}, "line 1: field 'quotes' is '[]'; expected texts"),
        ({"quotes": [1]}, "line 1: field 'quotes' is '[1]'; expected texts"),
        ({"supported": "yes"}, "line 1: field 'supported' is 'yes'; expected true or false"),
        ({"statement": 1}, "line 1: field 'statement' is '1'; expected a string"),
    ],
    ids=["no-quotes", "no-texts", "no-truth", "no-statement"],
)
def test_a_bad_statements_file_is_one_line(change: dict[str, object], message: str, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "statements.jsonl"
    file.write_text(json.dumps(STATEMENT | change), encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["support", "--data", str(data), "--out", str(tmp_path / "out"), "--statements", str(file)])
    assert message in str(stopped.value)
    assert "\n" not in str(stopped.value)


def test_statements_are_read_with_their_quotes_as_one_passage(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text(json.dumps(STATEMENT), encoding="utf-8")
    assert read_statements(tmp_path / "s.jsonl") == [Pair("The tower fell.", "The tower fell.", True, "merge")]


def test_the_command_trains_and_measures_from_files(
    data: Path, small_start: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    statements = tmp_path / "statements.jsonl"
    rows = [STATEMENT, STATEMENT | {"supported": False, "kind": "name"}]
    statements.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    out = tmp_path / "out"
    main(["support", "--data", str(data), "--out", str(out), "--start", small_start, "--statements", str(statements)])
    record = json.loads((out / "support.json").read_text(encoding="utf-8"))
    assert record["statements"]["pairs"] == 2.0
    assert set(record["data"]) == {"qed-train.jsonl.gz", "nq-oracle.jsonl.gz", "xquad-en-es-half.jsonl.gz"}
    assert sum(record["pairs"]["held out"].values()) == record["held_out"]["pairs"]
    assert record["threshold"] == record["held_out"]["threshold"]
    printed = capsys.readouterr().out
    assert "held-out pairs to measure on" in printed
    assert (out / "train.log").read_text(encoding="utf-8") == printed


def test_missing_weights_are_said_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no model here; expected a folder with config\.json"):
        main(["support", "--data", str(tmp_path), "--out", str(tmp_path / "out"), "--start", str(tmp_path / "none")])
    assert not (tmp_path / "out").exists()
    with pytest.raises(ModelUnavailable, match="no model here"):
        train_support([], [], tmp_path, Options(start=str(tmp_path / "none")))
