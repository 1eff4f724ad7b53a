import { expect, test } from 'vitest';
import { escapeText, html, scriptJson, trusted } from './escape.ts';

const HOSTILE = `</script><img src=x onerror="alert(1)">'\`&\u0000`;

test('what is put into a template is text there, between tags and in attributes', () => {
  const { markup } = html`<p title="${HOSTILE}">${[HOSTILE, 7, null]}</p>`;
  expect(markup.match(/[<>]/gu)).toHaveLength(4);
  expect(markup.match(/"/gu)).toHaveLength(2);
  expect(markup).not.toContain('\u0000');
  expect(markup).toContain('&#60;/script&#62;');
});

test('markup of a template stays markup in another', () => {
  const inner = html`<b>${'<i>'}</b>`;
  expect(html`<p>${inner}${trusted('<hr>')}</p>`.markup).toBe('<p><b>&#60;i&#62;</b><hr></p>');
});

test('line breaks and tabs are kept, other control characters are not', () => {
  expect(escapeText('a\n\tb\u001b[2Jc')).toBe('a\n\tb\ufffd[2Jc');
});

test('JSON in a script element reads back as it was and cannot end the element', () => {
  const value = { text: `${HOSTILE}<!--\u2028\u2029` };
  const { markup } = scriptJson(value);
  expect(markup).not.toMatch(/[<>&\u2028\u2029]/u);
  expect(JSON.parse(markup)).toEqual(value);
});
