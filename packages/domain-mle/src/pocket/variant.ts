import { createRandom, type RandomStream, type Split, shuffle } from '@taskspace/core';
import { writeTable } from '../csv/write-table.ts';
import { readShippedTable } from '../starter/tables.ts';
import { ORIGINS, type Origin, type TargetKind } from './origins.ts';

/** One small competition: a target, two to six columns of it or of noise, some rows. */
export interface Variant {
  readonly id: string;
  readonly kind: TargetKind;
  readonly columns: readonly VariantColumn[];
  readonly train: readonly VariantRow[];
  readonly test: readonly VariantRow[];
}

/** What is said of a column; all but `gaps` is of the training rows. */
export interface VariantColumn {
  /** `a` to `h`. */
  readonly name: string;
  /** How much it says of the target alone: |correlation|, or the root of the share of variance between classes, 0 to 99. */
  readonly strength: number;
  readonly long: boolean;
  readonly gaps: boolean;
}

/** Cells as they are written; empty for a gap. */
export interface VariantRow {
  readonly id: string;
  readonly cells: readonly string[];
  readonly y: number;
}

const TRAIN_ROWS = [30, 45, 60, 80, 99];
const MOST_TEST_ROWS = 150;
const JITTER = 0.01;

/** The variation at a position of a split's endless sequence. */
export async function drawVariant(split: Split, index: number): Promise<Variant> {
  const random = createRandom('pocket competitions').fork(split).fork(index);
  const origins = ORIGINS.filter((origin) => origin.split === split);
  const origin = origins[index % origins.length]!;
  const rows = shuffle(
    random.fork('rows'),
    (await readShippedTable(origin.table)).flatMap((row) => {
      const y = origin.target(row);
      return y === null ? [] : [{ row, y }];
    }),
  );
  const trainCount = Math.min(
    TRAIN_ROWS[random.integer(TRAIN_ROWS.length)]!,
    Math.floor(rows.length * 0.6),
  );
  const taken = rows.slice(0, trainCount + MOST_TEST_ROWS);
  const columns = drawColumns(origin, random).map((draw, place) =>
    cellsOf(
      draw,
      taken.map(({ row }) => row[draw.source]!),
      random.fork('column').fork(place),
    ),
  );
  const made = taken.map(({ y }, place) => ({
    id: String(place + 1),
    cells: columns.map((cells) => cells[place]!),
    y,
  }));
  const train = made.slice(0, trainCount);
  return {
    id: `pocket-${split}-${index}-${origin.id}`,
    kind: origin.kind,
    columns: columns.map((cells, place) => ({
      ...describeColumn(origin.kind, place, train),
      gaps: cells.includes(''),
    })),
    train,
    test: made.slice(trainCount),
  };
}

/** Files of a variation, without the kit. */
export function variantFiles({ kind, columns, train, test }: Variant): Record<string, string> {
  const header = ['id', ...columns.map(({ name }) => name)];
  return {
    'public/kind.txt': `${kind}\n`,
    'public/train.csv': writeTable(
      [...header, 'y'],
      train.map(({ id, cells, y }) => [id, ...cells, String(y)]),
    ),
    'public/test.csv': writeTable(
      header,
      test.map(({ id, cells }) => [id, ...cells]),
    ),
    'public/sample_submission.csv': writeTable(
      ['id', 'y'],
      test.map(({ id }) => [id, '0']),
    ),
    'private/answers.csv': writeTable(
      ['id', 'y'],
      test.map(({ id, y }) => [id, String(y)]),
    ),
  };
}

interface ColumnDraw {
  readonly source: string;
  /** `noise`: its values in another order; `long`: stretched to a long tail; `gaps`: some values missing. */
  readonly change: 'none' | 'noise' | 'long' | 'gaps';
  /** Factor that gives the column a unit of its own. */
  readonly unit: number;
}

function drawColumns({ features }: Origin, random: RandomStream): readonly ColumnDraw[] {
  const draws = random.fork('columns');
  const wanted = 3 + draws.integer(3);
  const real = shuffle(draws, features).slice(0, Math.min(wanted, features.length));
  const noise = shuffle(draws, features).slice(0, draws.integer(4) === 0 ? 2 : draws.integer(2));
  const gaps = draws.integer(4) === 0 ? draws.integer(real.length) : -1;
  const kept: ColumnDraw[] = real.map((source, place) => ({
    source,
    change: place === gaps ? 'gaps' : draws.integer(4) === 0 ? 'long' : 'none',
    unit: 10 ** (draws.integer(5) - 2),
  }));
  const added: ColumnDraw[] = noise.map((source) => ({
    source,
    change: 'noise',
    unit: 10 ** (draws.integer(5) - 1),
  }));
  return shuffle(draws, [...kept, ...added]).slice(0, 6);
}

const GAP_SHARE = 0.08;

function cellsOf(
  { change, unit, source }: ColumnDraw,
  cells: readonly string[],
  random: RandomStream,
): readonly string[] {
  const known = cells.filter((cell) => cell !== '' && cell !== 'NA').map(Number);
  const ordered = [...known].sort((a, b) => a - b);
  const middle = ordered[ordered.length >> 1] ?? 0;
  const spread = (ordered[Math.floor(known.length * 0.9)] ?? 1) - middle || 1;
  const values = cells.map((cell) => (cell === '' || cell === 'NA' ? middle : Number(cell)));
  const placed = change === 'noise' ? shuffle(random.fork(source), values) : values;
  return placed.map((value) => {
    if (change === 'gaps' && random.next() < GAP_SHARE) return '';
    const near = value + JITTER * spread * (2 * random.next() - 1);
    const shaped = change === 'long' ? Math.exp((1.5 * (near - middle)) / spread) * spread : near;
    return String(Number((shaped * unit).toPrecision(5)));
  });
}

function describeColumn(
  kind: TargetKind,
  place: number,
  train: readonly VariantRow[],
): Omit<VariantColumn, 'gaps'> {
  const pairs = train.flatMap(({ cells, y }) =>
    cells[place] === '' ? [] : [{ x: Number(cells[place]), y }],
  );
  const values = pairs.map(({ x }) => x);
  const mean = meanOf(values);
  const spread = Math.sqrt(meanOf(values.map((x) => (x - mean) ** 2)));
  const skew = spread === 0 ? 0 : meanOf(values.map((x) => ((x - mean) / spread) ** 3));
  const share = kind === 'many' ? betweenClasses(pairs) : correlation(pairs);
  return {
    name: 'abcdefgh'[place]!,
    strength: Math.min(99, Math.round(100 * share)),
    long: skew > 1.5,
  };
}

interface Pair {
  readonly x: number;
  readonly y: number;
}

function correlation(pairs: readonly Pair[]): number {
  const [meanX, meanY] = [meanOf(pairs.map(({ x }) => x)), meanOf(pairs.map(({ y }) => y))];
  let [xy, xx, yy] = [0, 0, 0];
  for (const { x, y } of pairs) {
    xy += (x - meanX) * (y - meanY);
    xx += (x - meanX) ** 2;
    yy += (y - meanY) ** 2;
  }
  return xx * yy === 0 ? 0 : Math.abs(xy) / Math.sqrt(xx * yy);
}

function betweenClasses(pairs: readonly Pair[]): number {
  const mean = meanOf(pairs.map(({ x }) => x));
  let [between, total] = [0, 0];
  for (const { x, y } of pairs) {
    const own = meanOf(pairs.filter((other) => other.y === y).map((other) => other.x));
    between += (own - mean) ** 2;
    total += (x - mean) ** 2;
  }
  return total === 0 ? 0 : Math.sqrt(between / total);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
