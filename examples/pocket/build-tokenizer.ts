/**
 * Builds examples/pocket/base: the tokenizer and the shape of the pocket policy, as a Hugging Face model folder without
 * weights. Run it from the repository's root; the same sources give the same files:
 *
 *   npx node --conditions=@taskspace/source examples/pocket/build-tokenizer.ts
 *
 * The tokenizer is byte-level, so it takes any text, and merges never cross the pieces that PIECES cuts:
 *
 * - Digits come in groups of at most two, counted from the right, and a group is never joined to what stands around it. So a
 *   number up to 99 is the same one token wherever it stands, and digits line up by place in longer ones.
 * - A space belongs to the word or sign after it, but before a number to the word or sign in front of it.
 * - A TeX command keeps its opening brace: `\boxed{` is one token.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Demonstration, Scope, validateConfig } from '@taskspace/core';
import math, { type MathOptions } from '@taskspace/domain-math';
import { type Merge, type PieceCounts, trainBpe } from './train-bpe.ts';

/** The fewer tokens, the cheaper every prediction: no more than the texts below need. */
const MOST_TOKENS = 512;
const TEXTS = 6000;

const SPECIAL_TOKENS = ['<|pad|>', '<|user|>', '<|assistant|>', '<|system|>', '<|end|>'];

const PIECES = [
  '[0-9]{1,2}(?=(?:[0-9]{2})*(?![0-9]))',
  ' ?\\\\[A-Za-z]+\\{?',
  ' ?\\p{L}+(?: (?=[0-9]))?',
  ' ?[^ \\n\\p{L}0-9](?: (?=[0-9]))?',
  '[ \\n]',
].join('|');

/** One token for each role, then the content; only a response is closed, because only a response is sampled. */
const CHAT_TEMPLATE = [
  '{%- for message in messages -%}',
  "{{- '<|system|>' if message.role == 'system' else '<|assistant|>' if message.role == 'assistant' else '<|user|>' -}}",
  '{{- message.content -}}',
  "{%- if message.role == 'assistant' -%}{{- '<|end|>' -}}{%- endif -%}",
  '{%- endfor -%}',
  "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}",
].join('');

/** What requests to rewrite a response are made of, so that they too cost one token a word. */
const REWRITE_TEXTS = [
  'Earlier answer: Check and improve it.',
  'Earlier answer: Give a different answer.',
  'An earlier response was wrong. Try again.',
];

const base = new URL('./base/', import.meta.url);
const tokenizer = tokenizerJson(await learnMerges());
await mkdir(base, { recursive: true });
await write('tokenizer.json', tokenizer);
await write('tokenizer_config.json', {
  tokenizer_class: 'PreTrainedTokenizerFast',
  eos_token: '<|end|>',
  pad_token: '<|pad|>',
  model_max_length: 8192,
  clean_up_tokenization_spaces: false,
  chat_template: CHAT_TEMPLATE,
});
await write('generation_config.json', {
  eos_token_id: idOf('<|end|>'),
  pad_token_id: idOf('<|pad|>'),
});
await write('config.json', {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: Object.keys(tokenizer.model.vocab).length,
  hidden_size: 128,
  intermediate_size: 352,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  head_dim: 32,
  hidden_act: 'silu',
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  max_position_embeddings: 8192,
  tie_word_embeddings: true,
  initializer_range: 0.02,
  attention_bias: false,
  mlp_bias: false,
  eos_token_id: idOf('<|end|>'),
  pad_token_id: idOf('<|pad|>'),
  torch_dtype: 'float32',
});
await reportLengths();

/** Numbers first, then everything the texts are made of, until every piece is one token. */
async function learnMerges(): Promise<Merge[]> {
  const digits = [...'0123456789'];
  const numbers = digits.flatMap((ten) => digits.map((one): Merge => [ten, one]));
  const room = MOST_TOKENS - SPECIAL_TOKENS.length - 256 - numbers.length;
  const words = trainBpe(await countPieces(), numbers, room + 1);
  if (words.length > room) {
    throw new Error(
      `pocket vocabulary: expected every piece of the texts to fit into ${MOST_TOKENS} tokens, got more pieces. Say less, or raise MOST_TOKENS.`,
    );
  }
  return [...numbers, ...words];
}

/** What the pocket families say, half of the responses with a try that misses. */
async function* demonstrations(seed: number): AsyncGenerator<Demonstration> {
  const options = validateConfig<MathOptions>(math.options, {
    subset: 'pocket',
    demonstrations: { wrongShare: 0.5 },
  });
  const parts = await math.create(options, new Scope());
  let left = TEXTS;
  for await (const demonstration of parts.demonstrations!('train', seed)) {
    yield demonstration;
    left -= 1;
    if (left === 0) return;
  }
}

async function countPieces(): Promise<PieceCounts> {
  const counts = new Map<string, number>();
  const add = (text: string) => {
    for (const piece of piecesOf(text)) {
      const spelt = spell(piece);
      counts.set(spelt, (counts.get(spelt) ?? 0) + 1);
    }
  };
  for await (const { messages, response } of demonstrations(0)) {
    for (const { content } of messages) add(content);
    add(response);
  }
  for (const text of REWRITE_TEXTS) add(text);
  return counts;
}

/** Byte-level files write each byte as one visible character: printable Latin-1 as itself, the others from U+0100 on. */
function byteCharacters(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCharCode(printable ? byte : next++);
  });
}

function spell(text: string): string {
  const characters = byteCharacters();
  return Array.from(new TextEncoder().encode(text), (byte) => characters[byte]).join('');
}

function tokenizerJson(learned: readonly Merge[]) {
  const merged = learned.map(([left, right]) => left + right);
  const tokens = [...SPECIAL_TOKENS, ...byteCharacters(), ...merged];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  if (Object.keys(vocab).length !== tokens.length) {
    throw new Error(
      'pocket vocabulary: expected different tokens, got one twice. Correct trainBpe.',
    );
  }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: PIECES }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges: learned.map(([left, right]) => `${left} ${right}`),
    },
  };
}

function idOf(special: string): number {
  return SPECIAL_TOKENS.indexOf(special);
}

async function write(name: string, json: unknown): Promise<void> {
  // Lists of one on one line, as the repository's formatter has it.
  const text = JSON.stringify(json, null, 2).replaceAll(/\[\n\s+("[^"\n]*")\n\s+\]/gu, '[$1]');
  await writeFile(new URL(name, base), `${text}\n`);
  console.log(`wrote ${fileURLToPath(new URL(name, base))}`);
}

/** Every piece of a pocket text is one token, so lengths are numbers of pieces and of the template's own tokens. */
async function reportLengths(): Promise<void> {
  const lengths = new Map<string, { readonly prompts: number[]; readonly responses: number[] }>();
  for await (const { messages, response } of demonstrations(1)) {
    const prompt = messages.map(({ content }) => content).join('');
    const family = `${prompt.split(' ', 1)[0]} …`;
    if (!lengths.has(family)) lengths.set(family, { prompts: [], responses: [] });
    lengths.get(family)!.prompts.push(messages.length + 1 + piecesOf(prompt).length);
    lengths.get(family)!.responses.push(piecesOf(response).length + 1);
  }
  for (const [family, { prompts, responses }] of lengths) {
    console.log(
      `${family} tokens of a prompt: ${summary(prompts)}; of a response: ${summary(responses)}`,
    );
  }
}

function piecesOf(text: string): string[] {
  return text.match(new RegExp(PIECES, 'gu')) ?? [];
}

function summary(counts: readonly number[]): string {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return `${Math.min(...counts)} to ${Math.max(...counts)}, mean ${mean.toFixed(1)}`;
}
