"""A Qwen2 of two layers with random weights and a byte-level vocabulary, as a GGUF file."""

from pathlib import Path

import gguf
import numpy as np

LAYERS, WIDTH, HEADS, KEY_HEADS, INNER = 2, 64, 4, 2, 96
_SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_MERGES = ("Y e", "Ye s", "N o")


def _bytes() -> list[str]:
    """A printable character for each byte, as GPT-2's vocabulary has them."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = (chr(256 + n) for n in range(256 - len(printable)))
    return [chr(byte) if byte in printable else next(others) for byte in range(256)]


def write_tiny(path: Path, seed: int = 7) -> Path:
    """The file, written."""
    rng = np.random.default_rng(seed)
    tokens = [*_bytes(), *(merge.replace(" ", "") for merge in _MERGES), *_SPECIAL]
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_name("tiny")
    writer.add_context_length(2048)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_file_type(0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    control = gguf.TokenType.CONTROL
    writer.add_token_types([control if token in _SPECIAL else gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges(list(_MERGES))
    for add, token in ((writer.add_bos_token_id, 0), (writer.add_eos_token_id, 2), (writer.add_pad_token_id, 0)):
        add(tokens.index(_SPECIAL[token]))

    def add_tensor(name: str, *shape: int) -> None:
        norm = name.endswith("norm.weight")
        values = np.ones(shape) if norm else rng.normal(0, 0.3 / np.sqrt(shape[-1]) if len(shape) > 1 else 0.02, shape)
        writer.add_tensor(name, values.astype(np.float32))

    add_tensor("token_embd.weight", len(tokens), WIDTH)
    add_tensor("output.weight", len(tokens), WIDTH)
    add_tensor("output_norm.weight", WIDTH)
    narrow = WIDTH // HEADS * KEY_HEADS
    for layer in range(LAYERS):
        for name, out in (("attn_q", WIDTH), ("attn_k", narrow), ("attn_v", narrow)):
            add_tensor(f"blk.{layer}.{name}.weight", out, WIDTH)
            add_tensor(f"blk.{layer}.{name}.bias", out)
        add_tensor(f"blk.{layer}.attn_output.weight", WIDTH, WIDTH)
        add_tensor(f"blk.{layer}.ffn_gate.weight", INNER, WIDTH)
        add_tensor(f"blk.{layer}.ffn_up.weight", INNER, WIDTH)
        add_tensor(f"blk.{layer}.ffn_down.weight", WIDTH, INNER)
        add_tensor(f"blk.{layer}.attn_norm.weight", WIDTH)
        add_tensor(f"blk.{layer}.ffn_norm.weight", WIDTH)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
