import { fileURLToPath } from 'node:url';
import type { Message } from '@taskspace/core';
import { describe, expect, test } from 'vitest';
import { type ChatTemplate, compileChatTemplate, loadChatTemplate } from './chat-template.ts';
import {
  createConversationFormat,
  extendPrompt,
  renderExample,
  renderPrompt,
} from './conversation.ts';
import { loadTokenizer } from './tokenizer.ts';

const POCKET = fileURLToPath(new URL('../../../../examples/pocket/base', import.meta.url));
const tokenizer = await loadTokenizer(POCKET);
const pocket = await loadChatTemplate(POCKET, tokenizer.namedTokens);
const END = tokenizer.eosIds[0]!;

/** Templates in the manner of those in use, with the pocket tokenizer's own special tokens. */
const closesEveryTurn = template(
  '{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}<|end|>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}',
);
const trimsContent = template(
  '{% for m in messages %}<|{{ m.role }}|>{{ m.content | trim }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}',
);
const dropsEarlierThoughts = template(
  "{% for m in messages %}<|{{ m.role }}|>{% if m.role == 'assistant' and not loop.last %}{{ m.content.split('</think>')[-1] }}{% else %}{{ m.content }}{% endif %}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}",
);
const opensThought = template(
  '{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|><think>\n{% endif %}',
);
const neverCloses = template(
  '{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}',
);

const ASK: readonly Message[] = [{ role: 'user', content: 'Reach 16 from 2, 4, 6.' }];

describe('renderPrompt', () => {
  test('costs the pocket policy two tokens more than the text', () => {
    const ids = renderPrompt(tokenizer, pocket, ASK);
    expect(tokenizer.decode(ids)).toBe('<|user|>Reach 16 from 2, 4, 6.<|assistant|>');
    expect(ids.length).toBe(tokenizer.encode(ASK[0]!.content).length + 2);
  });
});

describe('extendPrompt', () => {
  test.each([
    ['pocket', pocket],
    ['closesEveryTurn', closesEveryTurn],
    ['trimsContent', trimsContent],
    ['dropsEarlierThoughts', dropsEarlierThoughts],
  ])('%s: keeps the sampled ids and adds only what the template puts after them', (_, chat) => {
    const first = turn(chat, ASK, [...sampledOneByOne('2+4=6'), END]);
    // Digit by digit is not how the tokenizer would write it: a sign that nothing was tokenised again.
    expect(tokenizer.encode('16')).toHaveLength(1);
    const second = turn(chat, first.messages, [...sampledOneByOne('16'), END], first.prompt!);
    for (const { seen, prompt, messages } of [first, second]) {
      expect([...prompt!.subarray(0, seen.length)]).toEqual([...seen]);
      expect(tokenizer.decode(prompt!)).toBe(chat.render(messages, { addGenerationPrompt: true }));
    }
  });

  test('adds the closing token when the completion was cut by length, and not when it was sampled', () => {
    const stopped = turn(pocket, ASK, [...tokenizer.encode('6'), END]);
    const cut = turn(pocket, ASK, tokenizer.encode('6'));
    expect([...cut.prompt!]).toEqual([...stopped.prompt!]);
    expect(cut.prompt!.filter((id) => id === END)).toHaveLength(1);
  });

  test('accepts a completion cut within a character', () => {
    const { seen, prompt } = turn(pocket, ASK, tokenizer.encode('é').slice(0, 1));
    expect([...prompt!.subarray(0, seen.length)]).toEqual([...seen]);
    expect(prompt![seen.length]).toBe(END);
  });

  test.each([
    ['trims what was sampled', trimsContent, [...tokenizer.encode('6 '), END]],
    ['drops earlier thoughts', dropsEarlierThoughts, [...tokenizer.encode('a</think>6'), END]],
    ['opens a thought that it does not repeat', opensThought, [...tokenizer.encode('6'), END]],
    ['does not close the response as the policy did', neverCloses, [...tokenizer.encode('6'), END]],
    ['never shows a special token that was sampled', pocket, [2, ...tokenizer.encode('6'), END]],
  ])('gives null when the template %s', (_, chat, completion) => {
    expect(turn(chat, ASK, completion).prompt).toBeNull();
  });

  test('extends what a normalising tokenizer spells differently from the text', () => {
    const composing = {
      ...tokenizer,
      encode: (text: string) => tokenizer.encode(text.normalize('NFC')),
    };
    const messages: readonly Message[] = [{ role: 'user', content: 'cafe\u0301' }];
    const seen = Int32Array.from([
      ...renderPrompt(composing, pocket, messages),
      ...composing.encode('6'),
    ]);
    const whole: readonly Message[] = [
      ...messages,
      { role: 'assistant', content: '6' },
      { role: 'user', content: 'e\u0301' },
    ];
    const prompt = extendPrompt(composing, pocket, seen, whole);
    expect(tokenizer.decode(prompt!)).toBe(
      '<|user|>café<|assistant|>6<|end|><|user|>é<|assistant|>',
    );
  });
});

describe('renderExample', () => {
  test.each([
    ['pocket', pocket],
    ['closesEveryTurn', closesEveryTurn],
    ['opensThought', opensThought],
    ['neverCloses', neverCloses],
  ])('%s: cuts a worked answer where sampling would begin and end', (_, chat) => {
    const { prompt, completion } = renderExample(tokenizer, chat, ASK, '6*2=12 ok');
    expect([...prompt]).toEqual([...renderPrompt(tokenizer, chat, ASK)]);
    expect([...completion]).toEqual([...tokenizer.encode('6*2=12 ok'), END]);
  });

  test('keeps what a template puts between a response and its closing token', () => {
    const chat = template('{% for m in messages %}{{ m.content }}\n<|end|>\n{% endfor %}');
    const { completion } = renderExample(tokenizer, chat, [], '6');
    expect(tokenizer.decode(completion)).toBe('6\n<|end|>');
  });
});

test('createConversationFormat stops at the tokenizer’s end tokens and decodes without special ones', () => {
  const format = createConversationFormat(tokenizer, pocket);
  expect(format.stopTokens).toEqual([END]);
  expect(format.decode([...tokenizer.encode('60 ok'), END])).toBe('60 ok');
  expect(format.encode(ASK)).toEqual(renderPrompt(tokenizer, pocket, ASK));
});

/** Plays a turn: the completion becomes the response, a further request follows, and the next prompt is made. */
function turn(
  chat: ChatTemplate,
  asked: readonly Message[],
  completion: readonly number[],
  earlier: Int32Array = renderPrompt(tokenizer, chat, asked),
) {
  const seen = Int32Array.from([...earlier, ...completion]);
  const response = tokenizer.decode(completion, { skipSpecial: true });
  const messages: readonly Message[] = [
    ...asked,
    { role: 'assistant', content: response },
    { role: 'user', content: 'Try again.' },
  ];
  return { seen, messages, prompt: extendPrompt(tokenizer, chat, seen, messages) };
}

/** Ids a policy may sample though the tokenizer would not choose them: one a character. */
function sampledOneByOne(text: string): number[] {
  return [...text].flatMap((character) => tokenizer.encode(character));
}

function template(text: string): ChatTemplate {
  return compileChatTemplate('test', text, tokenizer.namedTokens);
}
