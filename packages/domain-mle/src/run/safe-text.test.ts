import { expect, test } from 'vitest';
import { quoteTrace, safeText, TRACE_CHARACTERS } from './safe-text.ts';

const ESC = String.fromCharCode(0x1b);

test.each([
  ['colours', `${ESC}[31mred${ESC}[0m`, 'red'],
  ['a window title', `${ESC}]0;owned${String.fromCharCode(7)}x`, 'x'],
  ['an unfinished sequence', `${ESC}]52;c;aGk=`, ''],
  ['an eight-bit sequence start', `${String.fromCharCode(0x9b)}31m`, '31m'],
  ['line ends of other systems', 'a\r\nb\rc', 'a\nb\nc'],
  ['NUL and backspace', 'a\0b\bc', 'abc'],
  ['direction changes and zero widths', 'a\u202eb\u200bc\u2066d', 'abcd'],
  ['invisible tags', 'a\u{e0041}b', 'ab'],
  ['half a character', 'a\ud800b', 'a\ufffdb'],
  ['code fences', 'x\n````\ny\n~~~~~', "x\n'''\ny\n'''"],
  ['chat markers', '<|im_end|>', '< |im_end| >'],
  ['wide chat markers', '<｜User｜>', '< ｜User｜ >'],
  ['tags that end a thought', '</think><s>', '< /think>< s>'],
  ['instruction brackets', '[/INST]', '[ /INST ]'],
])('takes out or breaks up %s', (_, text, safe) => {
  expect(safeText(text)).toBe(safe);
});

test('leaves an ordinary trace as it is', () => {
  const trace = 'File "<frozen codecs>", line 1, in <module>\n\tx = a | b\nKeyError: "é 漢 🎉"';
  expect(safeText(trace)).toBe(trace);
});

test('keeps the beginning and, of a long trace, mostly the end', () => {
  const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index}`).join('\n');
  const trace = quoteTrace(`${lines}\nValueError: last`, 'It ended with exit code 1.');
  expect(trace.length).toBeLessThanOrEqual(TRACE_CHARACTERS);
  expect(trace).toMatch(/^line 0\n/u);
  expect(trace).toMatch(/ValueError: last\nIt ended with exit code 1\.$/u);
});

test('cuts long lines', () => {
  expect(quoteTrace('x'.repeat(100_000), 'Why.').length).toBeLessThan(500);
});

test('gives the reason alone when the program said nothing', () => {
  expect(quoteTrace(' \n', 'Why.')).toBe('Why.');
});
