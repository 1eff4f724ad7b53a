/** Python's `datetime.strptime` for the two formats the worlds use, with Python's messages. */
import { typeError, valueError } from './errors.ts';
import { repr } from './text.ts';
import { type PyValue, typeName } from './values.ts';

/** A calendar day. */
export interface PyDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** `strptime(text, '%Y-%m-%d')`. */
export function parseDay(value: PyValue): PyDate {
  const text = needString(value);
  const match = /^(\d{4})-(1[0-2]|0[1-9]|[1-9])-(3[01]|[12]\d|0[1-9]|[1-9]| [1-9])/.exec(text);
  if (match === null) throw mismatch(text, '%Y-%m-%d');
  refuseRest(text, match[0]);
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  if (year === 0) throw valueError('year 0 is out of range');
  if (day > daysIn(year, month)) throw valueError('day is out of range for month');
  return { year, month, day };
}

/** Minutes since midnight of `strptime(text, '%I:%M %p')`. */
export function parseClock(value: PyValue): number {
  const text = needString(value);
  const match = /^(1[0-2]|0[1-9]|[1-9]):([0-5]\d|\d)\s+(am|pm)/i.exec(text);
  if (match === null) throw mismatch(text, '%I:%M %p');
  refuseRest(text, match[0]);
  const hour = (Number(match[1]) % 12) + (match[3]!.toLowerCase() === 'pm' ? 12 : 0);
  return hour * 60 + Number(match[2]);
}

/** Seconds since the epoch, reading the parts as UTC, of `strptime(text, '%Y-%m-%d %H:%M:%S')`. */
export function parseTimestamp(value: PyValue): number {
  const text = needString(value);
  const match =
    /^(\d{4})-(1[0-2]|0[1-9]|[1-9])-(3[01]|[12]\d|0[1-9]|[1-9]| [1-9])\s+(2[0-3]|[0-1]\d|\d):([0-5]\d|\d):(6[01]|[0-5]\d|\d)/.exec(
      text,
    );
  if (match === null) throw mismatch(text, '%Y-%m-%d %H:%M:%S');
  refuseRest(text, match[0]);
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (day > daysIn(year, month)) throw valueError('day is out of range for month');
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

/** The start of a day as seconds since the epoch, read as UTC. */
export function startOfDay({ year, month, day }: PyDate): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() / 1000;
}

/** Seconds since the epoch as `YYYY-MM-DD HH:MM:SS`, read as UTC. */
export function formatTimestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

function needString(value: PyValue): string {
  if (typeof value === 'string') return value;
  const type = value === null ? 'None' : typeName(value);
  throw typeError(`strptime() argument 1 must be str, not ${type}`);
}

function mismatch(text: string, format: string): Error {
  return valueError(`time data ${repr(text)} does not match format ${repr(format)}`);
}

function refuseRest(text: string, matched: string): void {
  const rest = text.slice(matched.length);
  if (rest !== '') throw valueError(`unconverted data remains: ${rest}`);
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year < 100 ? year + 400 : year, month, 0)).getUTCDate();
}
