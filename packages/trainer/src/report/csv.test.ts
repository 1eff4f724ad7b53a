import { expect, test } from 'vitest';
import { csvText } from './csv.ts';

test('cells are quoted where they must be, and null is empty', () => {
  const rows = [
    ['a,b', -1.5, null],
    ['say "x"\nthen y', 0, ''],
  ];
  expect(csvText({ head: ['text', 'number', 'none'], rows })).toBe(
    'text,number,none\r\n"a,b",-1.5,\r\n"say ""x""\nthen y",0,\r\n',
  );
});

test.each(['=1+1', '+1', '-1', '@x', '\tx'])(
  'the text %j is no formula to a spreadsheet',
  (text) => {
    expect(csvText({ head: ['text'], rows: [[text]] })).toContain(`'${text}`);
  },
);
