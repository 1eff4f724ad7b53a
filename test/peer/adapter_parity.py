"""Adapters of two tiny models, and what PEFT computes with them.

Into packages/trainer/src/model/__fixtures__/adapters goes for each model `peft`: adapters as PEFT saves them, with logits,
gradients, and the adapters after five steps of AdamW; and beside `ours`, the adapters that save_adapters.ts saved, what PEFT
computes once it has loaded them. packages/trainer/src/model/adapter-parity.test.ts holds ours to them without Python.

    pip install torch==2.2.2 transformers==4.57.1 peft==0.17.1 "numpy<2" jinja2
    node --conditions=@taskspace/source test/peer/save_adapters.ts
    python test/peer/adapter_parity.py
"""

import json
import shutil

import peft
import torch
import transformers
from model_parity import LENGTH, LOGIT_POSITIONS, OPTIMIZER, ROOT, STEPS
from safetensors.torch import save_file

ADAPTERS = ROOT.parent / "adapters"
FAMILIES = {
    "qwen3": {"r": 4, "lora_alpha": 6, "target_modules": "all-linear"},
    "qwen2.5": {"r": 2, "lora_alpha": 5, "target_modules": ["k_proj", "o_proj", "up_proj"]},
}


def base_of(family):
    return transformers.AutoModelForCausalLM.from_pretrained(
        ROOT / family, dtype=torch.float32, attn_implementation="eager"
    )


def loss_of(model, tokens):
    ids = torch.tensor([tokens[:-1]])
    targets = torch.tensor(tokens[1:])
    logits = model(input_ids=ids, use_cache=False).logits[0]
    logprobs = torch.log_softmax(logits, dim=-1)[torch.arange(LENGTH), targets]
    return -logprobs.mean(), logits, logprobs


def adapters_of(model):
    """Trained parameters under the names they have in PEFT's file."""
    return {name.replace(".default.", "."): p for name, p in model.named_parameters() if p.requires_grad}


def write_theirs(family, settings, tokens, seed):
    torch.manual_seed(seed)
    config = peft.LoraConfig(task_type="CAUSAL_LM", lora_dropout=0.0, init_lora_weights=False, **settings)
    model = peft.get_peft_model(base_of(family), config)
    for name, parameter in adapters_of(model).items():
        torch.nn.init.normal_(parameter, std=0.2)
    # From the adapters' folder, so that no path of this machine is in the file.
    model.peft_config["default"].base_model_name_or_path = f"../../../parity/{family}"
    folder = ADAPTERS / family / "peft"
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    # A set has no order of its own.
    saved = json.loads((folder / "adapter_config.json").read_text())
    saved["target_modules"].sort()
    (folder / "adapter_config.json").write_text(json.dumps(saved, indent=2) + "\n")

    model.train()
    loss, logits, logprobs = loss_of(model, tokens)
    tensors = {"logits": logits[LOGIT_POSITIONS].detach().clone(), "logprobs": logprobs.detach().clone()}
    loss.backward()
    named = adapters_of(model)
    for name, parameter in named.items():
        tensors[f"gradient.{name}"] = parameter.grad.clone()
    o = OPTIMIZER
    optimizer = torch.optim.AdamW(
        named.values(), lr=o["learningRate"], betas=(o["beta1"], o["beta2"]), eps=o["epsilon"], weight_decay=o["weightDecay"]
    )
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss, _, _ = loss_of(model, tokens)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(named.values(), o["maxGradNorm"])
        optimizer.step()
        losses.append(loss.item())
    for name, parameter in named.items():
        tensors[f"after.{name}"] = parameter.detach().clone()
    save_file(tensors, folder / "expected.safetensors")
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__}
    expected = {"versions": versions, "tokens": tokens, "logitPositions": LOGIT_POSITIONS, "losses": losses, "optimizer": o}
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    return losses


def write_ours(family, tokens):
    folder = ADAPTERS / family / "ours"
    model = peft.PeftModel.from_pretrained(base_of(family), folder).eval()
    with torch.no_grad():
        _, logits, logprobs = loss_of(model, tokens)
        _, _, before = loss_of(base_of(family), tokens)
    assert (logprobs - before).abs().max() > 0.01, "adapters that do nothing show nothing"
    tensors = {"logits": logits[LOGIT_POSITIONS].clone(), "logprobs": logprobs.clone()}
    save_file(tensors, folder / "expected.safetensors")


def main():
    torch.use_deterministic_algorithms(True)
    for seed, (family, settings) in enumerate(FAMILIES.items()):
        tokens = json.loads((ROOT / family / "expected.json").read_text())["tokens"]
        shutil.rmtree(ADAPTERS / family / "peft", ignore_errors=True)
        losses = write_theirs(family, settings, tokens, seed)
        write_ours(family, tokens)
        for folder in (ADAPTERS / family).iterdir():
            size = sum(path.stat().st_size for path in folder.iterdir())
            print(f"{family}, {folder.name}: {size / 1000:.0f} kB")
            assert size <= 200_000, folder
        print(f"{family}: losses {losses[0]:.4f} to {losses[-1]:.4f}")


if __name__ == "__main__":
    main()
