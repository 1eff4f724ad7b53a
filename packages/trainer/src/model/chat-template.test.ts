import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckpointError, type Message } from '@taskspace/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compileChatTemplate, loadChatTemplate } from './chat-template.ts';

const MESSAGES: readonly Message[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Hi {{ name }} <b>' },
];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskspace-template-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('loadChatTemplate', () => {
  test('prefers chat_template.jinja to chat_template.json, and both to tokenizer_config.json', async () => {
    await writeConfig({ chat_template: 'config' });
    expect(await rendered()).toBe('config');
    await writeFile(join(folder, 'chat_template.json'), '{"chat_template": "json"}');
    expect(await rendered()).toBe('json');
    await writeFile(join(folder, 'chat_template.jinja'), 'file');
    expect(await rendered()).toBe('file');
  });

  test('takes the default one of several named templates', async () => {
    const templates = [
      { name: 'tool_use', template: 'tools' },
      { name: 'default', template: 'plain' },
    ];
    await writeConfig({ chat_template: templates });
    expect(await rendered()).toBe('plain');
  });

  test('says that there is none', async () => {
    await writeConfig({});
    await expect(rendered()).rejects.toThrow(
      /tokenizer_config\.json: expected a chat_template, got none/u,
    );
  });

  async function rendered(): Promise<string> {
    const template = await loadChatTemplate(folder, {});
    return template.render([], { addGenerationPrompt: true });
  }

  async function writeConfig(config: unknown): Promise<void> {
    await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  }
});

describe('a template', () => {
  test('sees messages as they are, named tokens and whether a response comes next', () => {
    const text =
      "{% for m in messages %}\n{{ bos_token ~ m.role ~ ':' ~ m.content }}\n{% endfor %}\n{% if add_generation_prompt %}ai:{% endif %}";
    const template = compileChatTemplate('x', text, { bos_token: '<s>' });
    const both = '<s>system:Be brief.\n<s>user:Hi {{ name }} <b>\n';
    expect(template.render(MESSAGES, { addGenerationPrompt: false })).toBe(both);
    expect(template.render(MESSAGES, { addGenerationPrompt: true })).toBe(`${both}ai:`);
  });

  test('reads the same date every day', () => {
    const text = "{{ strftime_now('%d %b %Y, %B, %A %H:%M %%') }}";
    const template = compileChatTemplate('x', text, {});
    expect(template.render([], { addGenerationPrompt: false })).toBe(
      '26 Jul 2024, July, Friday 00:00 %',
    );
  });

  test('counts with range as Python does', () => {
    const text =
      '{{ range(3) | join }} {{ range(1, 4) | join }} {{ range(7, 1, -2) | join }} {{ range(2, 2) | join }}';
    const template = compileChatTemplate('x', text, {});
    expect(template.render([], { addGenerationPrompt: false })).toBe('012 123 753 ');
  });

  test.each([
    ['refuses the roles', "{{ raise_exception('roles must alternate') }}", /roles must alternate/u],
    ['asks for something enormous', '{{ range(10000000000) }}', /too long/u],
    ['calls what is not there', '{{ nothing() }}', /got/u],
  ])('that %s ends in an error that names the roles', (_, text, message) => {
    const template = compileChatTemplate('model/tokenizer_config.json', text, {});
    const render = () => template.render(MESSAGES, { addGenerationPrompt: true });
    expect(render).toThrow(CheckpointError);
    expect(render).toThrow(message);
    expect(render).toThrow(
      /model\/tokenizer_config\.json: chat template: expected to render messages of roles \["system","user"\], got/u,
    );
  });

  test('that is not Jinja is refused when it is read', () => {
    expect(() => compileChatTemplate('file', '{% for %}', {})).toThrow(
      /file: chat template: expected a Jinja template, got/u,
    );
  });
});

/** For machines that are busy: each gives up after a million steps. */
const SLOW = { timeout: 120_000 };

describe('a template that would not end', SLOW, () => {
  const LOOP = (body: string) => `{% for a in range(100000) %}${body}{% endfor %}`;
  test.each([
    ['loops in a loop', LOOP(LOOP('x')), /does not come to an end/u],
    ['loops over nothing', LOOP(LOOP(LOOP(''))), /does not come to an end/u],
    [
      'loops over a list by its name',
      `{% set r = range(100000) %}${LOOP('{% for b in r %}{% endfor %}')}`,
      /come to an end/u,
    ],
    [
      'sorts for ever',
      `{% set r = range(100000) %}${LOOP('{% if r | sort %}{% endif %}')}`,
      /come to an end/u,
    ],
    [
      'doubles a text',
      `{% set n = namespace(t='xx') %}${LOOP('{% set n.t = n.t ~ n.t %}')}`,
      /too large/u,
    ],
    [
      'doubles a list',
      `{% set n = namespace(t=[1]) %}${LOOP('{% set n.t = n.t + n.t %}')}`,
      /come to an end/u,
    ],
    [
      'nests a list',
      `{% set n = namespace(t=[1]) %}${LOOP('{% set n.t = [n.t, n.t] %}')}{{ n.t | tojson }}`,
      /too large/u,
    ],
    ['calls itself', '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}', /got /u],
  ])('because it %s ends in an error', (_, text, message) => {
    const template = compileChatTemplate('x', text, {});
    const render = () => template.render(MESSAGES, { addGenerationPrompt: true });
    expect(render).toThrow(CheckpointError);
    expect(render).toThrow(message);
  });

  test('is told from one that reads a long conversation', () => {
    const text =
      "{% for m in messages %}{% if loop.index == messages | length or messages[loop.index0 - 1]['role'] != m.role %}[{{ m.role | upper }}] {{ m.content | trim }}\n{% endif %}{% endfor %}";
    const messages = Array.from({ length: 400 }, (_, index) => ({
      role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content: 'word '.repeat(1000),
    }));
    const rendered = compileChatTemplate('x', text, {}).render(messages, {
      addGenerationPrompt: true,
    });
    expect(rendered.length).toBeGreaterThan(1_900_000);
  });

  test('or is enormous, or nests too deeply to be read, is refused when it is read', () => {
    expect(() => compileChatTemplate('x', 'a'.repeat(1_000_001), {})).toThrow(
      /x: chat template: expected at most 1000000 characters, got 1000001\. Use the template/u,
    );
    const deep = `{{ ${'('.repeat(100_000)}1${')'.repeat(100_000)} }}`;
    expect(() => compileChatTemplate('x', deep, {})).toThrow(CheckpointError);
  });
});
