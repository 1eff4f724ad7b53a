import { showValue } from '@taskspace/core';
import { lastBoxed } from '../check.ts';
import { type ColumnMapping, type Columns, findColumns } from './columns.ts';
import { type Row, readRows, rowError } from './read-rows.ts';

/** A problem read from a data set. */
export interface DatasetProblem {
  readonly text: string;
  /** The expected answer; a list holds alternatives of which any will do. */
  readonly answer: string | readonly string[];
  /** A worked answer that ends in a box, if the data set has one. */
  readonly solution?: string;
  readonly category?: string;
  readonly level?: number;
  /** Lines of the worked answer. */
  readonly goldSteps?: number;
}

/** How the rows of a file become problems. */
export interface ProblemOptions {
  readonly columns?: ColumnMapping;
  /** What to do with rows that have no problem or no answer. Default `error`. */
  readonly unusable?: 'error' | 'skip';
  /** Only rows whose column holds this text. */
  readonly where?: { readonly column: string; readonly includes: string };
}

/**
 * Reads the problems of a data file in the shape of MATH, GSM8K, NuminaMath, DeepScaleR, AIME, AMC, OlympiadBench or Minerva,
 * or of any table by a column mapping.
 *
 * @throws {@link DataError} naming the file, and the line or row where there is one.
 */
export async function readProblems(
  file: string,
  { columns: mapping = {}, unusable = 'error', where }: ProblemOptions = {},
): Promise<readonly DatasetProblem[]> {
  const rows = await readRows(file);
  if (rows.length === 0) return [];
  const columns = findColumns(file, rows, mapping);
  const problems: DatasetProblem[] = [];
  for (const row of rows) {
    if (where && !textOf(row.values[where.column]).includes(where.includes)) continue;
    const problem = toProblem(row, columns);
    if (typeof problem !== 'string') problems.push(problem);
    else if (unusable === 'error') throw rowError(row, problem);
  }
  return problems;
}

/** A problem, or what is wrong with the row. */
function toProblem({ values }: Row, columns: Columns): DatasetProblem | string {
  const read = (role: keyof Columns) => values[columns[role] ?? ''];
  const text = textOf(read('problem')).trim();
  if (text === '') {
    return `expected a problem in column "${columns.problem}", got ${showValue(read('problem'))}. Remove the row, or set unusable: skip.`;
  }
  const written = textOf(read('solution'));
  const answer = answerOf(read('answer'), isTrue(read('multiple'))) ?? finalAnswer(written);
  if (answer === undefined) {
    const where = [columns.answer, columns.solution].filter((name) => name !== undefined);
    return `expected an answer in column ${where.map((name) => `"${name}"`).join(' or ')}, got ${showValue(where.map((name) => values[name]))}. Remove the row, or set unusable: skip.`;
  }
  const worked = written === '' ? textOf(read('answer')) : written;
  const solution = demonstration(worked);
  const unit = textOf(read('unit')).trim();
  const level = levelOf(read('level'));
  const category = textOf(read('category')).trim();
  return {
    text: unit === '' ? text : `${text} (Unit of the answer: ${unit}.)`,
    answer,
    ...(solution === undefined ? {} : { solution, goldSteps: countLines(solution) }),
    ...(category === '' ? {} : { category }),
    ...(level === undefined ? {} : { level }),
  };
}

/** What an answer column says: one answer, alternatives, or nothing. */
function answerOf(value: unknown, multiple: boolean): string | readonly string[] | undefined {
  if (Array.isArray(value)) {
    const parts = value.map((part: unknown) => single(part)).filter((part) => part !== undefined);
    if (multiple && parts.length > 1) return parts.join(', ');
    const different = [...new Set(parts)];
    return different.length > 1 ? different : different[0];
  }
  return single(value);
}

function single(value: unknown): string | undefined {
  const text = textOf(value).trim();
  const answer = finalAnswer(text) ?? text;
  if (answer === '') return undefined;
  // 142.0 is how some sets write the whole number 142.
  return /^-?\d+\.0+$/.test(answer) ? answer.slice(0, answer.indexOf('.')) : answer;
}

/** What follows `####`, or the last box. */
function finalAnswer(text: string): string | undefined {
  const mark = text.lastIndexOf('####');
  const answer = mark >= 0 ? text.slice(mark + '####'.length) : lastBoxed(text);
  return answer?.trim() || undefined;
}

/** A worked text as a policy may answer: calculator notes removed, the answer in a box at the end. */
function demonstration(worked: string): string | undefined {
  const mark = worked.lastIndexOf('####');
  if (mark < 0) return lastBoxed(worked) === undefined ? undefined : worked.trim();
  const steps = worked
    .slice(0, mark)
    .replaceAll(/<<[^<>]*>>/g, '')
    .trim();
  return `${steps}\nThe answer is $\\boxed{${worked.slice(mark + '####'.length).trim()}}$.`;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    return value.toString();
  }
  return Array.isArray(value) ? textOf(value[0]) : '';
}

function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

function levelOf(value: unknown): number | undefined {
  const number = Number.parseFloat(textOf(value).replace(/^\D+/, ''));
  return Number.isFinite(number) ? number : undefined;
}

function countLines(text: string): number {
  return text.split('\n').filter((line) => line.trim() !== '').length;
}
