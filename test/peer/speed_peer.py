"""PyTorch and transformers at the work that test/bench/peer.ts times: one line of JSON in, one line out.

    pip install torch transformers
    python test/peer/speed_peer.py <model folder> <threads>

Lines are {"work": "train", "tokens": [[…], …], "steps": n} and {"work": "sample", "prompts": [[…], …], "new_tokens": n}; answers hold
the seconds that took, on the clock and of all cores, and, of training, the loss of every step.
"""

import json
import sys
import time

import torch
import transformers

torch.set_num_threads(int(sys.argv[2]))
transformers.logging.set_verbosity_error()
model = transformers.AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32)
model.generation_config = transformers.GenerationConfig(pad_token_id=0)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0)


def start():
    return time.perf_counter(), time.process_time()


def elapsed(clock):
    return {"seconds": time.perf_counter() - clock[0], "cpu": time.process_time() - clock[1]}


def train(tokens, steps):
    model.train()
    ids = torch.tensor(tokens)
    losses = []
    clock = start()
    for _ in range(steps):
        logits = model(input_ids=ids[:, :-1], use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
    return {**elapsed(clock), "losses": losses}


@torch.inference_mode()
def sample(prompts, new_tokens):
    model.eval()
    ids = torch.tensor(prompts)
    clock = start()
    out = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=True,
        temperature=1.0,
        top_k=0,
        top_p=1.0,
        min_new_tokens=new_tokens,
        max_new_tokens=new_tokens,
    )
    taken = elapsed(clock)
    assert out.shape[1] == ids.shape[1] + new_tokens
    return taken


WORK = {"train": train, "sample": sample}
print(json.dumps({"torch": torch.__version__, "transformers": transformers.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(WORK[request.pop("work")](**request)), flush=True)
