"""Writes tiny random encoders of the BERT family, and the embeddings the reference implementation gives for some texts.

pip install torch==1.13 transformers==4.36.2 tokenizers==0.15.2
"""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
)

HERE = Path(__file__).parent
CORPUS = ["the sum of two numbers is the number that both make together", "solve for x, then check x"] * 4
TEXTS = [
    "The sum of 12 and 345 is 357.",
    "x",
    "",
    "Wörter, naïve and 数",
    "solve for x, then check x by putting it back into the equation, and then check it once more, and again, and again",
]
SIZES = {"hidden": 12, "layers": 2, "heads": 3, "inner": 20}
LIMIT = 24


def word_piece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(
        CORPUS + ["0 1 2 3 4 5 6 7 8 9 . ,"],
        trainers.WordPieceTrainer(vocab_size=90, special_tokens=specials, show_progress=False),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def byte_level() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    specials = ["<s>", "<pad>", "</s>", "<unk>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=280, special_tokens=specials, initial_alphabet=alphabet, show_progress=False
        ),
    )
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer


def bert(vocab: int) -> torch.nn.Module:
    return BertModel(
        BertConfig(
            vocab_size=vocab,
            hidden_size=SIZES["hidden"],
            num_hidden_layers=SIZES["layers"],
            num_attention_heads=SIZES["heads"],
            intermediate_size=SIZES["inner"],
            max_position_embeddings=LIMIT + 8,
            initializer_range=0.5,
        )
    )


def roberta(vocab: int) -> torch.nn.Module:
    return RobertaModel(
        RobertaConfig(
            vocab_size=vocab,
            hidden_size=SIZES["hidden"],
            num_hidden_layers=SIZES["layers"],
            num_attention_heads=SIZES["heads"],
            intermediate_size=SIZES["inner"],
            max_position_embeddings=LIMIT + 2,
            type_vocab_size=1,
            pad_token_id=1,
            layer_norm_eps=1e-5,
            initializer_range=0.5,
        ),
        add_pooling_layer=False,
    )


def distilbert(vocab: int) -> torch.nn.Module:
    return DistilBertModel(
        DistilBertConfig(
            vocab_size=vocab,
            dim=SIZES["hidden"],
            n_layers=SIZES["layers"],
            n_heads=SIZES["heads"],
            hidden_dim=SIZES["inner"],
            max_position_embeddings=LIMIT,
            initializer_range=0.5,
        )
    )


def embed(model: torch.nn.Module, tokenizer: PreTrainedTokenizerFast, text: str) -> list[float]:
    inputs = tokenizer([text], truncation=True, max_length=LIMIT, return_tensors="pt", return_token_type_ids=False)
    with torch.no_grad():
        hidden = model(**inputs).last_hidden_state
    mask = inputs["attention_mask"][..., None].float()
    mean = (hidden * mask).sum(1) / mask.sum(1)
    return [round(x, 7) for x in torch.nn.functional.normalize(mean, dim=1)[0].tolist()]


def export(model: torch.nn.Module, path: Path) -> None:
    example = torch.tensor([[2, 7, 3], [2, 3, 0]])
    names = ["input_ids", "attention_mask"]
    torch.onnx.export(
        model,
        (example, (example > 0).long()),
        path,
        input_names=names,
        output_names=["last_hidden_state", "pooler_output"],
        dynamic_axes={name: {0: "batch", 1: "length"} for name in [*names, "last_hidden_state"]},
        opset_version=14,
    )


def main() -> None:
    expected = {"texts": TEXTS, "embeddings": {}}
    for name, make, make_tokenizer in (
        ("bert", bert, word_piece),
        ("roberta", roberta, byte_level),
        ("distilbert", distilbert, word_piece),
    ):
        torch.manual_seed(7)
        backend = make_tokenizer()
        specials = (
            {"cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
            if name == "roberta"
            else {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]"}
        )
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=LIMIT, **specials)
        model = make(len(tokenizer)).eval()
        # Norms and biases begin as ones and zeros, which would hide a mistake in them.
        for parameter in model.parameters():
            if parameter.dim() == 1:
                torch.nn.init.normal_(parameter, mean=0.5, std=0.5)
        folder = HERE / name
        model.save_pretrained(folder, safe_serialization=True)
        tokenizer.save_pretrained(folder)
        (folder / "special_tokens_map.json").unlink(missing_ok=True)
        expected["embeddings"][name] = [embed(model, tokenizer, text) for text in TEXTS]
        if name == "bert":
            export(model, folder / "model.onnx")
    (HERE / "encoders.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n")


main()
