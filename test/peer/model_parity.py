"""Tiny random models of every family, and what PyTorch and transformers compute from them.

Writes one folder a family into packages/trainer/src/model/__fixtures__/parity: the model as `save_pretrained` leaves it, and
expected.json and expected.safetensors with tokens, rendered conversations, logits, log-probabilities, gradients and the
parameters after five steps of AdamW. packages/trainer/src/model/parity.test.ts holds ours to them without Python.

    pip install torch==2.2.2 transformers==4.57.1 "numpy<2" jinja2
    python test/peer/model_parity.py
"""

import json
import shutil
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

ROOT = Path(__file__).resolve().parents[2] / "packages/trainer/src/model/__fixtures__/parity"
LENGTH = 64
LOGIT_POSITIONS = [0, 1, 2, 3, 17, 40, 62]
STEPS = 5
OPTIMIZER = {"learningRate": 2e-3, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-5, "weightDecay": 0.1, "maxGradNorm": 1.0}

SAMPLES = [
    "The ferry leaves at 7:45; bring 1024 crowns, won't you?",
    "Η θάλασσα είναι ήρεμη σήμερα — 36 °C!",
    "Завтра утром мы поедем к озеру (если не будет дождя).",
    "今日は天気がいいので、川まで歩きます。",
    "नदी के पास एक छोटा घर है।",
    "الطقس جميل اليوم، أليس كذلك؟",
    "def area(r):\n    return 3.14159 * r ** 2  # πr²\n\n\n",
    "  Crème brûlée, naïve café\t👩‍🚀🚀 e\u0301 \u00a0 …",
    "x² + 2xy + y² = (x + y)² ∀ x, y ∈ ℝ",
]
CONVERSATIONS = [
    [{"role": "user", "content": "  How deep is the lake? "}],
    [{"role": "system", "content": "Answer briefly."}, {"role": "user", "content": "¿Qué hora es? 今何時?"}],
    [
        {"role": "user", "content": "2 + 2?"},
        {"role": "assistant", "content": "<think>\nTwo and two.\n</think>\n\nIt is 4.\n"},
        {"role": "user", "content": "Times 3?\n"},
    ],
]

# Written for these tests; each leans on what the family's own templates do.
CHATML = (
    "{%- if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nBe of use.<|im_end|>\\n' }}{%- endif %}\n"
    "{%- for message in messages %}\n"
    "    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}\n"
    "{%- endfor %}\n"
    "{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{%- endif %}"
)
HEADERS = (
    "{{ bos_token }}"
    "{%- set when = date_string if date_string is defined else '26 Jul 2024' %}"
    "{%- if messages[0]['role'] == 'system' %}{%- set opening = messages[0]['content'] | trim %}{%- set messages = messages[1:] %}"
    "{%- else %}{%- set opening = '' %}{%- endif %}"
    "{{ '<|head|>system<|tail|>\\n\\nDate: ' + when + '\\n' + opening + eos_token }}"
    "{%- for message in messages %}"
    "{{ '<|head|>' + message['role'] + '<|tail|>\\n\\n' + message['content'] | trim + eos_token }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{ '<|head|>assistant<|tail|>\\n\\n' }}{%- endif %}"
)
THINKING = (
    "{%- set found = namespace(last=0) %}\n"
    "{%- for message in messages[::-1] %}\n"
    "  {%- set place = (messages | length - 1) - loop.index0 %}\n"
    "  {%- if found.last == 0 and message.role == 'user' %}{%- set found.last = place %}{%- endif %}\n"
    "{%- endfor %}\n"
    "{%- for message in messages %}\n"
    "  {%- set content = message.content if message.content is string else '' %}\n"
    "  {%- if message.role == 'assistant' and loop.index0 < found.last and '</think>' in content %}\n"
    "    {%- set content = content.split('</think>')[-1].lstrip('\\n') %}\n"
    "  {%- endif %}\n"
    "  {{- '<|im_start|>' ~ message.role ~ '\\n' ~ content ~ '<|im_end|>\\n' }}\n"
    "{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n"
    "  {{- '<|im_start|>assistant\\n' }}\n"
    "  {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}\n"
    "{%- endif %}"
)
INSTRUCTION = (
    "{%- if messages[0]['role'] == 'system' %}{%- set lead = messages[0]['content'] + '\\n\\n' %}{%- set turns = messages[1:] %}"
    "{%- else %}{%- set lead = '' %}{%- set turns = messages %}{%- endif %}"
    "{{- bos_token }}"
    "{%- for turn in turns %}"
    "{%- if (turn['role'] == 'user') != (loop.index0 % 2 == 0) %}{{- raise_exception('users and assistants take turns') }}{%- endif %}"
    "{%- if turn['role'] == 'user' %}{{- '[INST] ' + (lead if loop.first else '') + turn['content'] + ' [/INST]' }}"
    "{%- else %}{{- ' ' + turn['content'] + eos_token }}{%- endif %}"
    "{%- endfor %}"
)
DISTILLED = (
    "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}"
    "{% set space = namespace(lead='') %}"
    "{%- for message in messages %}{%- if message['role'] == 'system' %}{% set space.lead = message['content'] %}{%- endif %}{%- endfor %}"
    "{{ bos_token }}{{ space.lead }}"
    "{%- for message in messages %}"
    "{%- if message['role'] == 'user' %}{{ '<|User|>' + message['content'] }}{%- endif %}"
    "{%- if message['role'] == 'assistant' and message['content'] is not none %}"
    "{% set content = message['content'] %}"
    "{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}"
    "{{ '<|Assistant|>' + content + eos_token }}{%- endif %}"
    "{%- endfor %}"
    "{% if add_generation_prompt %}{{ '<|Assistant|><think>\\n' }}{% endif %}"
)

# Digits in groups of up to three, words with the mark before them, other marks, line ends, spaces.
WORDS = r"\p{N}{1,3}|[^\r\n\p{L}\p{N}]?\p{L}+| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SINGLE_DIGITS = WORDS.replace("{1,3}", "")


def byte_level(pattern, specials, nfc=False):
    tokenizer = Tokenizer(models.BPE())
    if nfc:
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=sorted(alphabet), show_progress=False)
    tokenizer.train_from_iterator(SAMPLES, trainer)
    tokenizer.add_special_tokens(specials)
    return tokenizer


def byte_fallback(specials):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    pieces = ["<unk>", *specials, *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=340, special_tokens=pieces, show_progress=False)
    # Letters of the other samples have no tokens of their own, so they are spelt in bytes.
    tokenizer.train_from_iterator([*SAMPLES[:2], *SAMPLES[6:7]], trainer)
    # Bytes are ordinary tokens: only the named ones are special.
    spec = json.loads(tokenizer.to_str())
    spec["added_tokens"] = [token for token in spec["added_tokens"] if not token["content"].startswith("<0x")]
    return Tokenizer.from_str(json.dumps(spec))


SHARED = {
    "hidden_size": 12,
    "intermediate_size": 20,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "rms_norm_eps": 1e-5,
    "initializer_range": 0.2,
}
LLAMA3_SCALING = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
CHATML_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]

FAMILIES = {
    "llama3": {
        "config": (transformers.LlamaConfig, {"head_dim": 8, "rope_theta": 500.0, "rope_scaling": LLAMA3_SCALING, "tie_word_embeddings": True}),
        "dtype": torch.bfloat16,
        "shards": "6KB",
        "tokenizer": lambda: byte_level(WORDS, ["<|begin|>", "<|head|>", "<|tail|>", "<|turn|>"]),
        "named": {"bos_token": "<|begin|>", "eos_token": "<|turn|>"},
        "template": HEADERS,
    },
    "llama-linear": {
        "config": (transformers.LlamaConfig, {"head_dim": 4, "rope_scaling": {"rope_type": "linear", "factor": 2.5}, "tie_word_embeddings": False}),
        "dtype": torch.float16,
        "tokenizer": lambda: byte_fallback(["<s>", "</s>"]),
        "named": {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"},
        "template": INSTRUCTION,
    },
    "smollm2": {
        "config": (transformers.LlamaConfig, {"rope_theta": 100000.0, "tie_word_embeddings": True, "hidden_size": 16, "is_llama_config": True, "rope_interleaved": False}),
        "dtype": torch.bfloat16,
        "tokenizer": lambda: byte_level(SINGLE_DIGITS, CHATML_TOKENS),
        "named": {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>", "unk_token": "<|endoftext|>"},
        "template": CHATML,
    },
    "qwen2.5": {
        "config": (transformers.Qwen2Config, {"rope_theta": 1000000.0, "tie_word_embeddings": True, "hidden_size": 16, "use_sliding_window": False}),
        "dtype": torch.float32,
        "tokenizer": lambda: byte_level(SINGLE_DIGITS, CHATML_TOKENS, nfc=True),
        "named": {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"},
        "template": CHATML,
        "template_in_config": True,
    },
    "qwen3": {
        "config": (transformers.Qwen3Config, {"head_dim": 8, "rope_theta": 1000000.0, "tie_word_embeddings": True}),
        "dtype": torch.float32,
        "tokenizer": lambda: byte_level(SINGLE_DIGITS, [*CHATML_TOKENS, "<think>", "</think>"], nfc=True),
        "named": {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"},
        "template": THINKING,
    },
    "mistral": {
        "config": (transformers.MistralConfig, {"head_dim": 4, "sliding_window": None, "tie_word_embeddings": False}),
        "dtype": torch.bfloat16,
        "tokenizer": lambda: byte_fallback(["<s>", "</s>"]),
        "named": {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"},
        "template": INSTRUCTION,
        "template_in_config": True,
    },
    "deepseek-r1-distill-qwen": {
        "config": (transformers.Qwen2Config, {"rope_theta": 10000.0, "tie_word_embeddings": False, "num_attention_heads": 2, "num_key_value_heads": 1, "use_mrope": False, "use_sliding_window": False}),
        "dtype": torch.bfloat16,
        "tokenizer": lambda: byte_level(SINGLE_DIGITS, ["<|begin|>", "<|end|>", "<|User|>", "<|Assistant|>"]),
        "named": {"bos_token": "<|begin|>", "eos_token": "<|end|>", "pad_token": "<|end|>"},
        "template": DISTILLED,
        "template_in_config": True,
    },
}


def write_model(folder, family, seed):
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=family["tokenizer"](), clean_up_tokenization_spaces=False, **family["named"]
    )
    tokenizer.chat_template = family["template"]
    tokenizer.save_pretrained(folder, save_jinja_files=not family.get("template_in_config", False))
    compact = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps(compact, ensure_ascii=False) + "\n")
    # Rows to spare, as real models have.
    vocab = (len(tokenizer) + 8) // 8 * 8
    kind, fields = family["config"]
    config = kind(vocab_size=vocab, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, **{**SHARED, **fields})
    torch.manual_seed(seed)
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:  # Norms off one, biases off zero.
                parameter.add_(torch.empty_like(parameter).uniform_(-0.3, 0.3))
    model.generation_config.eos_token_id = [tokenizer.eos_token_id]
    shards = {"max_shard_size": family["shards"]} if "shards" in family else {}
    model.to(family["dtype"]).save_pretrained(folder, **shards)
    return tokenizer


def expectations(folder, tokenizer):
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    model.train()
    text = " ".join(SAMPLES)
    tokens = tokenizer(text, add_special_tokens=False).input_ids[: LENGTH + 1]
    assert len(tokens) == LENGTH + 1
    ids = torch.tensor([tokens[:-1]])
    targets = torch.tensor(tokens[1:])
    tensors = {}

    def loss_of():
        logits = model(input_ids=ids, use_cache=False).logits[0]
        logprobs = torch.log_softmax(logits, dim=-1)[torch.arange(LENGTH), targets]
        return -logprobs.mean(), logits, logprobs

    loss, logits, logprobs = loss_of()
    tensors["logits"] = logits[LOGIT_POSITIONS].detach().clone()
    tensors["logprobs"] = logprobs.detach().clone()
    loss.backward()
    for name, parameter in model.named_parameters():
        tensors[f"gradient.{name}"] = parameter.grad.clone()

    named = list(model.named_parameters())
    o = OPTIMIZER
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for _, p in named if p.ndim > 1], "weight_decay": o["weightDecay"]},
            {"params": [p for _, p in named if p.ndim == 1], "weight_decay": 0.0},
        ],
        lr=o["learningRate"],
        betas=(o["beta1"], o["beta2"]),
        eps=o["epsilon"],
    )
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss, _, _ = loss_of()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), o["maxGradNorm"])
        optimizer.step()
        losses.append(loss.item())
    for name, parameter in named:
        tensors[f"after.{name}"] = parameter.detach().clone()
    save_file(tensors, folder / "expected.safetensors")

    rendered = []
    for messages in CONVERSATIONS:
        for announce in (False, True):
            spelt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=announce)
            ids_of = tokenizer(spelt, add_special_tokens=False).input_ids
            rendered.append({"messages": messages, "addGenerationPrompt": announce, "text": spelt, "ids": ids_of})
    samples = []
    for sample in SAMPLES:
        ids_of = tokenizer(sample, add_special_tokens=False).input_ids
        samples.append({"text": sample, "ids": ids_of, "decoded": tokenizer.decode(ids_of)})
    return {
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "tokens": tokens,
        "logitPositions": LOGIT_POSITIONS,
        "losses": losses,
        "optimizer": OPTIMIZER,
        "samples": samples,
        "conversations": rendered,
    }


def main():
    torch.use_deterministic_algorithms(True)
    for seed, (name, family) in enumerate(FAMILIES.items()):
        folder = ROOT / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        tokenizer = write_model(folder, family, seed)
        expected = expectations(folder, tokenizer)
        (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n")
        size = sum(path.stat().st_size for path in folder.iterdir())
        print(f"{name}: {size / 1000:.0f} kB, losses {expected['losses'][0]:.4f} to {expected['losses'][-1]:.4f}")
        assert size <= 200_000, name


if __name__ == "__main__":
    main()
