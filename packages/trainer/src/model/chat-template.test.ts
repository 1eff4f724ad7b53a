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
  test('prefers chat_template.jinja to tokenizer_config.json', async () => {
    await writeConfig({ chat_template: 'config' });
    expect(await rendered()).toBe('config');
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
