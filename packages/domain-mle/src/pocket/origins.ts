import type { Split } from '@taskspace/core';
import type { Row, TableName } from '../starter/tables.ts';

/** What a pocket target is: any number, 0 or 1, or one of several classes. */
export type TargetKind = 'number' | 'two' | 'many';

/** A real column that pocket competitions ask for, and the columns they may give. */
export interface Origin {
  readonly id: string;
  readonly table: TableName;
  readonly split: Split;
  readonly kind: TargetKind;
  /** Numeric columns that say something of the target without giving it away. */
  readonly features: readonly string[];
  /** The target of a row as a number; null when the row has none. */
  target(row: Row): number | null;
}

const IRIS = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];
const PENGUINS = ['bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g'];
const WINE = [
  'alcohol',
  'malic_acid',
  'ash',
  'alcalinity_of_ash',
  'magnesium',
  'total_phenols',
  'flavanoids',
  'nonflavanoid_phenols',
  'proanthocyanins',
  'color_intensity',
  'hue',
  'proline',
];
const TUMOUR = [
  'mean_texture',
  'mean_smoothness',
  'mean_compactness',
  'mean_concavity',
  'mean_symmetry',
  'mean_fractal_dimension',
  'area_error',
  'smoothness_error',
  'concavity_error',
  'worst_area',
  'worst_smoothness',
  'worst_symmetry',
];
const STORM = ['month', 'day', 'hour', 'lat', 'long', 'pressure'];
const PIXELS = [2, 3, 4, 5].flatMap((column) =>
  Array.from({ length: 8 }, (_, row) => `p${row}${column}`),
);

const SPECIES = ['setosa', 'versicolor', 'virginica'];
const PENGUIN_SPECIES = ['Adelie', 'Chinstrap', 'Gentoo'];
const CULTIVARS = ['cultivar_1', 'cultivar_2', 'cultivar_3'];

/** All origins; no origin serves two splits. */
export const ORIGINS: readonly Origin[] = [
  classes('iris', 'species', SPECIES, IRIS, 'train'),
  ...columns('iris', ['petal_width', 'sepal_length'], IRIS, 'train'),
  ...columns('iris', ['petal_length'], IRIS, 'validation'),
  ...columns('iris', ['sepal_width'], IRIS, 'test'),
  classes('wine', 'cultivar', CULTIVARS, WINE, 'test'),
  ...columns('wine', ['alcohol', 'flavanoids', 'hue', 'total_phenols'], WINE, 'train'),
  ...columns(
    'wine',
    ['color_intensity', 'alcalinity_of_ash', 'od280_od315_of_diluted_wines'],
    WINE,
    'validation',
  ),
  ...columns('wine', ['proline', 'proanthocyanins'], WINE, 'test'),
  yes('tumour', 'malignant', ({ malignant }) => Number(malignant), TUMOUR, 'train'),
  ...columns(
    'tumour',
    ['mean_smoothness', 'mean_concavity', 'worst_symmetry', 'worst_area', 'area_error'],
    TUMOUR,
    'train',
  ),
  ...columns('tumour', ['worst_smoothness'], TUMOUR, 'validation'),
  ...columns('tumour', ['mean_fractal_dimension', 'mean_compactness'], TUMOUR, 'test'),
  ...[
    [3, 8, 'train'] as const,
    [1, 7, 'train'] as const,
    [2, 3, 'train'] as const,
    [1, 8, 'train'] as const,
    [2, 7, 'train'] as const,
    [4, 9, 'test'] as const,
    [5, 9, 'test'] as const,
    [5, 6, 'validation'] as const,
  ].map(([one, other, split]) =>
    yes(
      'digits',
      `${one}-or-${other}`,
      ({ digit }) => (Number(digit) === one ? 0 : Number(digit) === other ? 1 : null),
      PIXELS,
      split,
    ),
  ),
  classes('digits', 'digit', ['0', '1', '2', '3'], PIXELS, 'train', 'low-digit'),
  classes('digits', 'digit', ['6', '7', '8', '9'], PIXELS, 'validation', 'high-digit'),
  classes('penguins', 'species', PENGUIN_SPECIES, PENGUINS, 'train'),
  classes('penguins', 'island', ['Biscoe', 'Dream', 'Torgersen'], PENGUINS, 'validation'),
  yes(
    'penguins',
    'sex',
    ({ sex }) => (sex === 'male' ? 1 : sex === 'female' ? 0 : null),
    PENGUINS,
    'test',
  ),
  ...columns('penguins', ['body_mass_g', 'bill_depth_mm'], PENGUINS, 'train'),
  ...columns('penguins', ['flipper_length_mm'], PENGUINS, 'validation'),
  ...columns('penguins', ['bill_length_mm'], PENGUINS, 'test'),
  ...columns('storms', ['wind'], STORM, 'train'),
  ...columns('storms', ['pressure'], [...STORM, 'wind'], 'train'),
  yes('storms', 'hurricane', ({ status }) => (status === 'hurricane' ? 1 : 0), STORM, 'train'),
  yes(
    'storms',
    'far-north',
    ({ lat }) => (Number(lat) > 30 ? 1 : 0),
    without(STORM, 'lat'),
    'test',
  ),
  yes(
    'storms',
    'far-west',
    ({ long }) => (Number(long) < -60 ? 1 : 0),
    without(STORM, 'long'),
    'test',
  ),
];

function columns(
  table: TableName,
  targets: readonly string[],
  features: readonly string[],
  split: Split,
): readonly Origin[] {
  return targets.map((name) => ({
    id: `${table}-${name}`,
    table,
    split,
    kind: 'number',
    features: without(features, name),
    target: (row) => (row[name] === '' ? null : Number(row[name])),
  }));
}

function classes(
  table: TableName,
  column: string,
  names: readonly string[],
  features: readonly string[],
  split: Split,
  id = column,
): Origin {
  const target = (row: Row) => {
    const place = names.indexOf(row[column]!);
    return place < 0 ? null : place;
  };
  return { id: `${table}-${id}`, table, split, kind: 'many', features, target };
}

function yes(
  table: TableName,
  id: string,
  target: (row: Row) => number | null,
  features: readonly string[],
  split: Split,
): Origin {
  return { id: `${table}-${id}`, table, split, kind: 'two', features, target };
}

function without(names: readonly string[], name: string): readonly string[] {
  return names.filter((other) => other !== name);
}
