"""Writes tokenizers.json: two tokenizers of the kinds in use, and what the reference implementation makes of some texts.

pip install tokenizers==0.23.3
"""

import json
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CORPUS = [
    "Find the number that the sum of the digits of the other number divides.",
    "The answer is the number of ways to order the letters, and there are many of them.",
    "Ein Wort ist ein Wort, und die Zahl der Wörter ist die Zahl der Zahlen.",
    "число и слово, слово и число",
] * 4
TEXTS = [
    "The sum of 12 and 345 is 357.",
    "  two  spaces,\n\na line ,  and 'quotes' don't matter !",
    "Wörter, naïve, cafe\u0301, число, 数は三, नमस्ते",
    "emoji 👍🏽 and \u00a0 no-break",
    "<|start|>user\nWhich?<|end|>",
    "tab\tand\r\nreturn",
]


def byte_level() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    words = r"(?i:'s|'t|'re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(words), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=330, initial_alphabet=alphabet, show_progress=False)
    )
    tokenizer.add_special_tokens(["<|start|>", "<|end|>"])
    tokenizer.add_tokens([AddedToken("<think>", normalized=False, special=False)])
    return tokenizer


def byte_fallback() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    specials = ["<unk>", "<s>", "</s>", "<|start|>", "<|end|>"]
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=400, special_tokens=specials + bytes_, show_progress=False)
    )
    state = json.loads(tokenizer.to_str())
    # Byte tokens are plain tokens, not special ones.
    state["added_tokens"] = [token for token in state["added_tokens"] if token["content"] in specials]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def described(tokenizer: Tokenizer) -> dict:
    samples = []
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        kept = tokenizer.decode(ids, skip_special_tokens=False)
        samples.append({"text": text, "ids": ids, "decoded": kept, "plain": tokenizer.decode(ids)})
    return {"tokenizer": json.loads(tokenizer.to_str()), "samples": samples}


fixture = {"byte-level": described(byte_level()), "byte-fallback": described(byte_fallback())}
path = Path(__file__).with_name("tokenizers.json")
path.write_text(json.dumps(fixture, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
