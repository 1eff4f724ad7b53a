/**
 * Builds examples/pocket/base: the tokenizer and the shape of the pocket policy, as a Hugging Face model folder without
 * weights. Run it from the repository's root; the same sources give the same files:
 *
 *   npx node --conditions=@taskspace/source examples/pocket/build-tokenizer.ts
 *
 * The tokenizer is byte-level, so it takes any text. PIECES cuts a text; a piece that the domains' demonstrations say is one token, any
 * other is spelt byte by byte:
 *
 * - Digits come in groups of at most two, counted from the right, and a group is never joined to what stands around it. So a
 *   number up to 99 is the same one token wherever it stands, and digits line up by place in longer ones.
 * - A space belongs to the word or sign after it, but before a number to the word or sign in front of it.
 * - A TeX command keeps its opening brace: `\boxed{` is one token.
 * - A name with its underscores is one piece, and so are a tag and a run of signs that holds a double quote: a tool call is
 *   then some fifteen tokens.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Demonstration, type Domain, Scope, validateConfig } from '@taskspace/core';
import math from '@taskspace/domain-math';
import mle from '@taskspace/domain-mle';
import tooluse from '@taskspace/domain-tooluse';

/** The fewer tokens, the cheaper every prediction. */
const MOST_TOKENS = 768;
const TEXTS = 6000;

const SPECIAL_TOKENS = ['<|pad|>', '<|user|>', '<|assistant|>', '<|system|>', '<|end|>'];

const NAME = '\\p{L}+(?:_\\p{L}+)*';

const PIECES = [
  '[0-9]{1,2}(?=(?:[0-9]{2})*(?![0-9]))',
  ' ?\\\\[A-Za-z]+\\{?',
  ` ?</?${NAME}>`,
  ` ?${NAME}(?: (?=[0-9]))?`,
  ' ?[^ \\n\\p{L}0-9<>"]*"[^ \\n\\p{L}0-9<>]*(?: (?=[0-9]))?',
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

/** What the domains demonstrate: wrong answers and rewrites too, so that all that is said costs one token a word. */
const LESSONS: ReadonlyMap<Domain, object> = new Map<Domain, object>([
  [math, { wrongShare: 0.4, improveShare: 0.1, divergeShare: 0.1 }],
  [tooluse, { wrongShare: 0.4, rewriteShare: 0.3 }],
  [mle, { wrongShare: 0.4, rewriteShare: 0.3 }],
]);

/** What demonstrations do not say, but environments may. */
const OTHER_TEXTS = ['An earlier response was wrong. Try again.'];

const base = new URL('./base/', import.meta.url);
const tokenizer = tokenizerJson(await learnPieces());
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

/** Numbers first, then every piece of the texts that is not there yet. */
async function learnPieces(): Promise<string[]> {
  const digits = [...'0123456789'];
  const numbers = digits.flatMap((ten) => digits.map((one) => ten + one));
  const pieces = new Set(
    [...numbers, ...(await collectPieces())].filter(({ length }) => length > 1),
  );
  const room = MOST_TOKENS - SPECIAL_TOKENS.length - 256;
  if (pieces.size > room) {
    throw new Error(
      `pocket vocabulary: expected at most ${room} different pieces, got ${pieces.size}. Say less, or raise MOST_TOKENS.`,
    );
  }
  return [...pieces];
}

/** What the domains' pocket tasks say, in turns. */
async function* demonstrations(seed: number): AsyncGenerator<Demonstration> {
  const streams: AsyncIterator<Demonstration>[] = [];
  for (const [domain, mixture] of LESSONS) {
    const given = { subset: 'pocket', demonstrations: mixture };
    const parts = await domain.create(validateConfig(domain.options, given), new Scope());
    const stream = await parts.demonstrations!('train', seed);
    streams.push(Readable.from(stream)[Symbol.asyncIterator]());
  }
  for (let index = 0; index < TEXTS; index++) {
    const { value } = await streams[index % streams.length]!.next();
    yield value;
  }
}

/** All pieces, in alphabetical order, as the file spells them. */
async function collectPieces(): Promise<string[]> {
  const pieces = new Set(OTHER_TEXTS.flatMap(piecesOf));
  for await (const { messages, response } of demonstrations(0)) {
    for (const { content } of messages) for (const piece of piecesOf(content)) pieces.add(piece);
    for (const piece of piecesOf(response)) pieces.add(piece);
  }
  return [...pieces].map(spell).sort();
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

function tokenizerJson(pieces: readonly string[]) {
  const tokens = [...SPECIAL_TOKENS, ...byteCharacters(), ...pieces];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  if (Object.keys(vocab).length !== tokens.length) {
    throw new Error(
      'pocket vocabulary: expected different tokens, got one twice. Correct collectPieces.',
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
      ignore_merges: true,
      vocab,
      merges: [],
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
