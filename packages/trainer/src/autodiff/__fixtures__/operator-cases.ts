/** For every operator at least one graph that uses it, and the plain loop that says what must come out. */
import type { DType, Graph, OperatorName, Shape, Value } from '../../onnx/graph.ts';
import type { PlainTensor } from '../../onnx/run.ts';
import {
  alongRows,
  at,
  elementwise,
  matMul,
  reduce,
  softmaxOf,
  sum,
  tabulate,
} from './plain-loops.ts';

/** One tensor fed to a case. */
export interface CaseInput {
  readonly shape: Shape;
  /** Default float32. */
  readonly dtype?: DType;
  /** All elements at least 0.8, for functions with a pole or an edge at 0. */
  readonly positive?: boolean;
  /** The element in the n-th place; default: floats in [-1.3, 1.3], all more than two steps apart. */
  readonly element?: (place: number) => number;
}

/** One use of an operator; names in shapes stand for several sizes, each of which is tried. */
export interface OperatorCase {
  readonly title: string;
  readonly inputs: readonly CaseInput[];
  readonly build: (graph: Graph, ...inputs: Value[]) => Value | readonly Value[];
  readonly expect: (...inputs: PlainTensor[]) => PlainTensor | readonly PlainTensor[];
  /** Inputs whose gradient is checked; default: every float one. */
  readonly differentiable?: readonly number[];
}

type Cases = readonly [OperatorCase, ...OperatorCase[]];
type UnaryMethod =
  | 'abs'
  | 'cos'
  | 'erf'
  | 'exp'
  | 'identity'
  | 'log'
  | 'neg'
  | 'reciprocal'
  | 'relu'
  | 'sigmoid'
  | 'sin'
  | 'sqrt'
  | 'tanh';
type BinaryMethod = 'add' | 'div' | 'max' | 'min' | 'mul' | 'pow' | 'sub';
type ComparisonMethod = 'equal' | 'greater' | 'greaterOrEqual' | 'less' | 'lessOrEqual';

const input = (shape: Shape, more: Omit<CaseInput, 'shape'> = {}): CaseInput => ({
  shape,
  ...more,
});
const ids = (shape: Shape, below: number, dtype: DType = 'int64'): CaseInput =>
  input(shape, { dtype, element: (place) => (place * 7 + 2) % below });
const flags = (shape: Shape): CaseInput =>
  input(shape, { dtype: 'bool', element: (place) => (place % 3 === 1 ? 1 : 0) });

/** Shapes of two operands: equal, each of them repeated, both at once, scalars, named dimensions. */
const PAIRS: readonly (readonly [Shape, Shape])[] = [
  [
    [3, 4],
    [3, 4],
  ],
  [['B', 'T', 3], [3]],
  [
    ['T', 1],
    ['B', 1, 4],
  ],
  [[], ['B', 2]],
  [
    ['B', 'T'],
    ['B', 'T'],
  ],
  [
    ['B', 1, 3],
    ['B', 'T', 1],
  ],
];

export const OPERATOR_CASES: { readonly [Op in OperatorName]: Cases } = {
  Abs: unary('abs', Math.abs),
  Cos: unary('cos', Math.cos),
  Erf: unary('erf', errorFunction),
  Exp: unary('exp', Math.exp),
  Identity: unary('identity', (x) => x),
  Log: unary('log', Math.log, true),
  Neg: unary('neg', (x) => -x),
  Reciprocal: unary('reciprocal', (x) => 1 / x, true),
  Relu: unary('relu', (x) => Math.max(0, x)),
  Sigmoid: unary('sigmoid', (x) => 1 / (1 + Math.exp(-x))),
  Sin: unary('sin', Math.sin),
  Sqrt: unary('sqrt', Math.sqrt, true),
  Tanh: unary('tanh', Math.tanh),

  Add: binary('add', (a, b) => a + b),
  Div: binary('div', (a, b) => a / b, true),
  Max: binary('max', Math.max),
  Min: binary('min', Math.min),
  Mul: [
    ...binary('mul', (a, b) => a * b),
    {
      title: 'a value with itself',
      inputs: [input(['B', 3])],
      build: (graph, x) => graph.mul(x, x),
      expect: elementwise((x) => x * x),
    },
    {
      title: 'a value with its sigmoid',
      inputs: [input(['B', 'T', 2])],
      build: (graph, x) => graph.mul(x, graph.sigmoid(x)),
      expect: elementwise((x) => x / (1 + Math.exp(-x))),
    },
  ],
  Pow: binary('pow', (a, b) => a ** b, true),
  Sub: binary('sub', (a, b) => a - b),
  Clip: [
    {
      title: 'numbers as bounds',
      inputs: [input(['B', 4])],
      build: (graph, x) => graph.clip(x, -0.42, 0.62),
      expect: elementwise((x) => Math.min(0.62, Math.max(-0.42, x))),
    },
    {
      title: 'values as bounds',
      inputs: [
        input([3, 4]),
        input([], { element: () => -0.42 }),
        input([], { element: () => 0.62 }),
      ],
      build: (graph, x, low, high) => graph.clip(x, low as Value, high as Value),
      expect: elementwise((x, low = 0, high = 0) => Math.min(high, Math.max(low, x))),
    },
  ],

  And: logical('and', (a, b) => a && b),
  Or: logical('or', (a, b) => a || b),
  Not: [
    {
      title: 'flags',
      inputs: [flags(['B', 3])],
      build: (graph, x) => graph.not(x),
      expect: elementwise((x) => (x === 0 ? 1 : 0)),
    },
  ],
  Equal: comparison('equal', (a, b) => a === b),
  Greater: comparison('greater', (a, b) => a > b),
  GreaterOrEqual: comparison('greaterOrEqual', (a, b) => a >= b),
  Less: comparison('less', (a, b) => a < b),
  LessOrEqual: comparison('lessOrEqual', (a, b) => a <= b),
  Where: [
    {
      title: 'equal shapes',
      inputs: [flags([3, 4]), input([3, 4]), input([3, 4])],
      build: (graph, condition, a, b) => graph.where(condition, a as Value, b as Value),
      expect: elementwise((condition, a = 0, b = 0) => (condition ? a : b)),
    },
    {
      title: 'everything repeated',
      inputs: [flags(['B', 'T', 1]), input(['T', 3]), input([])],
      build: (graph, condition, a, b) => graph.where(condition, a as Value, b as Value),
      expect: elementwise((condition, a = 0, b = 0) => (condition ? a : b)),
    },
    {
      title: 'a condition on the rows',
      inputs: [flags(['B', 'T']), input(['T']), input(['B', 1])],
      build: (graph, condition, a, b) => graph.where(condition, a as Value, b as Value),
      expect: elementwise((condition, a = 0, b = 0) => (condition ? a : b)),
    },
  ],

  MatMul: [
    ...(
      [
        ['matrices', [3, 4], [4, 2]],
        ['rows of named number', ['B', 3], [3, 2]],
        ['a weight for every batch row', ['B', 'T', 3], [3, 4]],
        ['a weight for a batch of heads', ['B', 2, 'T', 3], [3, 2]],
        ['3-D batches', ['B', 'T', 3], ['B', 3, 2]],
        ['4-D batches', ['B', 2, 'T', 3], ['B', 2, 3, 'T']],
        ['one left matrix for a batch', [2, 3], ['B', 3, 2]],
        ['batches that broadcast both ways', ['B', 1, 2, 3], [1, 2, 3, 2]],
      ] as const
    ).map(([title, a, b]) => ({
      title,
      inputs: [input(a), input(b)],
      build: (graph: Graph, ...[left, right]: Value[]) =>
        graph.matMul(left as Value, right as Value),
      expect: (...[left, right]: PlainTensor[]) =>
        matMul(left as PlainTensor, right as PlainTensor),
    })),
    {
      title: 'a transposed weight',
      inputs: [input(['B', 'T', 3]), input([4, 3])],
      build: (graph, x, weight) => graph.matMul(x, graph.transpose(weight as Value, [1, 0])),
      expect: (x, weight) => matMul(x as PlainTensor, transposed(weight as PlainTensor, [1, 0])),
    },
    {
      title: 'queries with transposed keys',
      inputs: [input(['B', 2, 'T', 3]), input(['B', 2, 'T', 3])],
      build: (graph, queries, keys) =>
        graph.matMul(queries, graph.transpose(keys as Value, [0, 1, 3, 2])),
      expect: (queries, keys) =>
        matMul(queries as PlainTensor, transposed(keys as PlainTensor, [0, 1, 3, 2])),
    },
  ] as readonly OperatorCase[] as Cases,

  ReduceMax: reduction('reduceMax', (elements) => Math.max(...elements)),
  ReduceMean: reduction('reduceMean', (elements) => sum(elements) / elements.length),
  ReduceSum: reduction('reduceSum', sum),
  Softmax: [
    {
      title: 'rows',
      inputs: [input(['B', 'T', 4])],
      build: (graph, x) => graph.softmax(x),
      expect: (x) => alongRows(x as PlainTensor, softmaxOf),
    },
  ],

  Concat: [
    {
      title: 'parts of known width',
      inputs: [input(['B', 2]), input(['B', 1]), input(['B', 3])],
      build: (graph, ...parts) => graph.concat(parts, -1),
      expect: (...parts) => joined(parts, 1),
    },
    {
      title: 'parts of named length',
      inputs: [input(['B', 'T', 2]), input(['B', 1, 2]), input(['B', 'T', 2])],
      build: (graph, ...parts) => graph.concat(parts, 1),
      expect: (...parts) => joined(parts, 1),
    },
  ],
  Expand: [
    {
      title: 'to known sizes',
      inputs: [input([3, 1])],
      build: (graph, x) => graph.expand(x, [2, 3, 4]),
      expect: (x) => tabulate([2, 3, 4], (index) => at(x as PlainTensor, index)),
    },
    {
      title: 'to the shape of another value',
      inputs: [input(['B', 1, 2]), input(['B', 'T', 2])],
      build: (graph, x, like) => graph.expand(x, like as Value),
      expect: (x, like) =>
        tabulate((like as PlainTensor).shape, (index) => at(x as PlainTensor, index)),
    },
    {
      title: 'to named sizes',
      inputs: [input([1, 1]), input(['B', 'T'])],
      build: (graph, x) => graph.expand(x, ['B', 'T']),
      expect: (x, like) =>
        tabulate((like as PlainTensor).shape, (index) => at(x as PlainTensor, index)),
    },
  ],
  Gather: [
    {
      title: 'rows of a weight, some more than once',
      inputs: [input([5, 3]), ids(['B', 'T'], 5)],
      build: (graph, data, rows) => graph.gather(data, rows as Value, 0),
      expect: (data, rows) => gathered(data as PlainTensor, rows as PlainTensor, 0),
    },
    {
      title: 'one row',
      inputs: [input(['B', 'T', 3]), ids([], 3)],
      build: (graph, data, rows) => graph.gather(data, rows as Value, 2),
      expect: (data, rows) => gathered(data as PlainTensor, rows as PlainTensor, 2),
    },
    {
      title: 'along a middle axis of many',
      inputs: [input(['B', 4, 'T', 2]), ids([3], 4, 'int32')],
      build: (graph, data, rows) => graph.gather(data, rows as Value, 1),
      expect: (data, rows) => gathered(data as PlainTensor, rows as PlainTensor, 1),
    },
    {
      title: 'places of named number from rows of named length',
      inputs: [input(['B', 'T', 2]), ids(['N'], 3)],
      build: (graph, data, rows) => graph.gather(data, rows as Value, 1),
      expect: (data, rows) => gathered(data as PlainTensor, rows as PlainTensor, 1),
    },
    {
      title: 'elements of a vector',
      inputs: [input([4]), ids(['B', 3], 4)],
      build: (graph, data, rows) => graph.gather(data, rows as Value, 0),
      expect: (data, rows) => gathered(data as PlainTensor, rows as PlainTensor, 0),
    },
  ],
  GatherElements: [
    {
      title: 'one element of each row',
      inputs: [input(['B', 'T', 5]), ids(['B', 'T'], 5)],
      build: (graph, x, places) => graph.pick(x, places as Value),
      expect: (x, places) =>
        tabulate((places as PlainTensor).shape, (index) =>
          at(x as PlainTensor, [...index, at(places as PlainTensor, index)]),
        ),
    },
    {
      title: 'rows of named length',
      inputs: [input([4, 'T']), ids([4], 3, 'int32')],
      build: (graph, x, places) => graph.pick(x, places as Value),
      expect: (x, places) =>
        tabulate([4], (index) =>
          at(x as PlainTensor, [...index, at(places as PlainTensor, index)]),
        ),
    },
    {
      title: 'a vector',
      inputs: [input([4]), ids([], 4)],
      build: (graph, x, place) => graph.pick(x, place as Value),
      expect: (x, place) => ({
        data: [at(x as PlainTensor, (place as PlainTensor).data)],
        shape: [],
      }),
    },
  ],
  Pad: [
    {
      title: 'both ends of an axis',
      inputs: [input(['B', 3, 'T'])],
      build: (graph, x) => graph.pad(x, 1, 2, 1),
      expect: (x) => {
        const { shape } = x as PlainTensor;
        return tabulate(shape.with(1, 6), ([row = 0, place = 0, token = 0]) =>
          place < 2 || place > 4 ? 0 : at(x as PlainTensor, [row, place - 2, token]),
        );
      },
    },
  ],
  Reshape: [
    {
      title: 'to rows and back',
      inputs: [input(['B', 'T', 4])],
      build: (graph, x) => graph.reshape(graph.sin(graph.reshape(x, [-1, 4])), ['B', 'T', 2, 2]),
      expect: (x) => {
        const { data, shape } = x as PlainTensor;
        return { data: data.map(Math.sin), shape: [...shape.slice(0, 2), 2, 2] };
      },
    },
    {
      title: 'keeping axes in their places',
      inputs: [input(['B', 'T', 4])],
      build: (graph, x) => graph.reshape(x, [0, 0, 2, -1]),
      expect: (x) => {
        const { data, shape } = x as PlainTensor;
        return { data, shape: [...shape.slice(0, 2), 2, 2] };
      },
    },
  ],
  RotaryEmbedding: [
    {
      title: 'two heads side by side',
      inputs: [input(['B', 'T', 8]), ids(['B', 'T'], 5), input([5, 2]), input([5, 2])],
      build: (graph, ...[x, positions, cos, sin]) =>
        graph.rotary(x as Value, positions as Value, cos as Value, sin as Value),
      expect: (x, positions, cos, sin) =>
        tabulate((x as PlainTensor).shape, ([row = 0, token = 0, column = 0]) => {
          const angle = [at(positions as PlainTensor, [row, token]), column % 2];
          const partner = column % 4 < 2 ? column + 2 : column - 2;
          const sign = column % 4 < 2 ? -1 : 1;
          const own = at(x as PlainTensor, [row, token, column]) * at(cos as PlainTensor, angle);
          const other = at(x as PlainTensor, [row, token, partner]) * at(sin as PlainTensor, angle);
          return own + sign * other;
        }),
      differentiable: [0],
    },
  ],
  Slice: [
    ...(
      [
        ['of a known axis', 2, 1, 3],
        ['from the end of a known axis', 2, -3, -1],
        ['beyond a known axis', 2, 1, 9],
        ['of a named axis to its end', 1, 1, undefined],
        ['of a named axis counted from its end', 1, 1, -1],
        ['of a named axis by number', 1, 0, 2],
        ['of the last part of a named axis', 1, -2, undefined],
      ] as const
    ).map(([title, axis, start, end]) => ({
      title,
      inputs: [input(['B', 'T', 5])],
      build: (graph: Graph, x: Value) => graph.slice(x, axis, start, end),
      expect: (x: PlainTensor) => {
        const places = Array.from({ length: x.shape[axis] ?? 0 }, (_, place) => place);
        const rows = places.slice(start, end);
        return gathered(x, { data: rows, shape: [rows.length] }, axis);
      },
    })),
  ] as readonly OperatorCase[] as Cases,
  Split: [
    {
      title: 'all parts used',
      inputs: [input(['B', 5, 2])],
      build: (graph, x) => graph.split(x, 1, [2, 3]),
      expect: (x) => [
        gathered(x as PlainTensor, { data: [0, 1], shape: [2] }, 1),
        gathered(x as PlainTensor, { data: [2, 3, 4], shape: [3] }, 1),
      ],
    },
    {
      title: 'one part used',
      inputs: [input(['B', 'T', 4])],
      build: (graph, x) => graph.split(x, -1, [1, 2, 1])[1] as Value,
      expect: (x) => gathered(x as PlainTensor, { data: [1, 2], shape: [2] }, 2),
    },
  ],
  Squeeze: [
    {
      title: 'first and last axis',
      inputs: [input([1, 'B', 3, 1])],
      build: (graph, x) => graph.squeeze(x, [0, -1]),
      expect: (x) => ({
        data: (x as PlainTensor).data,
        shape: (x as PlainTensor).shape.slice(1, 3),
      }),
    },
  ],
  Transpose: [
    {
      title: 'four axes',
      inputs: [input(['B', 'T', 2, 3])],
      build: (graph, x) => graph.transpose(x, [0, 2, 3, 1]),
      expect: (x) => transposed(x as PlainTensor, [0, 2, 3, 1]),
    },
    {
      title: 'there and on',
      inputs: [input([2, 3, 4])],
      build: (graph, x) => graph.transpose(graph.transpose(x, [1, 2, 0]), [1, 0, 2]),
      expect: (x) => transposed(transposed(x as PlainTensor, [1, 2, 0]), [1, 0, 2]),
    },
  ],
  Unsqueeze: [
    {
      title: 'in front and behind',
      inputs: [input(['B', 3])],
      build: (graph, x) => graph.unsqueeze(x, [0, -1]),
      expect: (x) => ({
        data: (x as PlainTensor).data,
        shape: [1, ...(x as PlainTensor).shape, 1],
      }),
    },
  ],

  Cast: [
    {
      title: 'integers to floats',
      inputs: [ids(['B', 3], 9)],
      build: (graph, x) => graph.cast(x, 'float32'),
      expect: (x) => x as PlainTensor,
    },
    {
      title: 'floats to float16 and back',
      inputs: [input(['B', 3], { element: (place) => place / 4 - 1 })],
      build: (graph, x) => graph.cast(graph.cast(x, 'float16'), 'float32'),
      expect: (x) => x as PlainTensor,
      // Numeric differences are far below the resolution of float16.
      differentiable: [],
    },
  ],
  Range: [
    {
      title: 'as many numbers as an axis is long',
      inputs: [input(['B', 'T'])],
      build: (graph, x) => {
        const limit = graph.squeeze(graph.cast(graph.shapeOf(x, 1, 2), 'float32'), [0]);
        return graph.range(graph.scalar(0), limit, graph.scalar(1), 'T');
      },
      expect: (x) => tabulate([(x as PlainTensor).shape[1] ?? 0], ([place = 0]) => place),
    },
  ],
  Shape: [
    {
      title: 'some dimensions',
      inputs: [input(['B', 'T', 3])],
      build: (graph, x) => graph.cast(graph.shapeOf(x, 1, 3), 'float32'),
      expect: (x) => ({ data: (x as PlainTensor).shape.slice(1), shape: [2] }),
    },
  ],
};

/** Graph methods made of several operators. */
export const COMPOSED_CASES: Cases = [
  {
    title: 'log-softmax of rows',
    inputs: [input(['B', 'T', 4])],
    build: (graph, x) => graph.logSoftmax(x),
    expect: (x) => alongRows(x as PlainTensor, (row) => softmaxOf(row).map(Math.log)),
  },
  {
    title: 'one log-probability picked of each row',
    inputs: [input(['B', 'T', 4]), ids(['B', 'T'], 4)],
    build: (graph, x, targets) => graph.pick(graph.logSoftmax(x), targets as Value),
    expect: (x, targets) =>
      tabulate((targets as PlainTensor).shape, (index) => {
        const row = Array.from({ length: 4 }, (_, id) => at(x as PlainTensor, [...index, id]));
        return Math.log(softmaxOf(row)[at(targets as PlainTensor, index)] ?? Number.NaN);
      }),
  },

  {
    title: 'one-hot rows weighted',
    inputs: [ids(['B', 'T'], 4), input([4])],
    build: (graph, classes, weights) =>
      graph.mul(graph.oneHot(classes, 4, 'float32'), weights as Value),
    expect: (classes, weights) =>
      tabulate([...(classes as PlainTensor).shape, 4], (index) =>
        at(classes as PlainTensor, index.slice(0, -1)) === index.at(-1)
          ? at(weights as PlainTensor, index.slice(-1))
          : 0,
      ),
  },
  {
    title: 'finite elements marked',
    inputs: [input([4], { element: (place) => [1, Number.NaN, Infinity, -Infinity][place] ?? 0 })],
    build: (graph, x) => graph.isFinite(x),
    expect: elementwise((x) => (Number.isFinite(x) ? 1 : 0)),
    differentiable: [],
  },
];

function unary(method: UnaryMethod, compute: (x: number) => number, positive = false): Cases {
  const cases = ([[], [5], ['B', 'T', 3]] as readonly Shape[]).map((shape) => ({
    title: `[${shape.join(', ')}]`,
    inputs: [input(shape, { positive })],
    build: (graph: Graph, x: Value) => graph[method](x),
    expect: elementwise(compute),
  }));
  return cases as readonly OperatorCase[] as Cases;
}

function binary(
  method: BinaryMethod,
  compute: (a: number, b: number) => number,
  positive = false,
): Cases {
  const cases = PAIRS.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]).map(([a, b]) => ({
    title: `[${a.join(', ')}] and [${b.join(', ')}]`,
    inputs: [input(a, { positive }), input(b, { positive })],
    build: (graph: Graph, ...[left, right]: Value[]) =>
      graph[method](left as Value, right as Value),
    expect: elementwise((left, right = 0) => compute(left, right)),
  }));
  return cases as readonly OperatorCase[] as Cases;
}

function comparison(method: ComparisonMethod, holds: (a: number, b: number) => boolean): Cases {
  const few = (place: number) => place % 3;
  return [
    {
      title: 'floats that broadcast',
      inputs: [input(['B', 'T']), input(['B', 1])],
      build: (graph, a, b) => graph[method](a, b as Value),
      expect: elementwise((a, b = 0) => (holds(a, b) ? 1 : 0)),
    },
    {
      title: 'floats that are sometimes equal',
      inputs: [input(['B', 'T'], { element: few }), input(['B', 1], { element: few })],
      build: (graph, a, b) => graph[method](a, b as Value),
      expect: elementwise((a, b = 0) => (holds(a, b) ? 1 : 0)),
      // A difference across the jump has no limit.
      differentiable: [],
    },
    {
      title: 'integers',
      inputs: [ids([2, 3], 3), ids([3], 3)],
      build: (graph, a, b) => graph[method](a, b as Value),
      expect: elementwise((a, b = 0) => (holds(a, b) ? 1 : 0)),
    },
  ];
}

function logical(method: 'and' | 'or', compute: (a: boolean, b: boolean) => boolean): Cases {
  return [
    {
      title: 'flags that broadcast',
      inputs: [flags(['B', 4]), flags([4])],
      build: (graph, a, b) => graph[method](a, b as Value),
      expect: elementwise((a, b = 0) => (compute(a !== 0, b !== 0) ? 1 : 0)),
    },
  ];
}

function reduction(
  method: 'reduceMax' | 'reduceMean' | 'reduceSum',
  fold: (elements: readonly number[]) => number,
): Cases {
  const cases = (
    [
      [[3, 4], [1], true],
      [['B', 'T', 3], [-1], false],
      [['B', 'T', 3], [0, 1], false],
      [['B', 'T'], [0, 1], true],
      [['B', 2, 'T'], [0, 2], false],
    ] as const
  ).map(([shape, axes, keepDims]) => ({
    title: `[${shape.join(', ')}] over ${axes.join(', ')}${keepDims ? ', axes kept' : ''}`,
    inputs: [input(shape)],
    build: (graph: Graph, x: Value) => graph[method](x, axes, keepDims),
    expect: (x: PlainTensor) => reduce(x, axes, keepDims, fold),
  }));
  return cases as readonly OperatorCase[] as Cases;
}

function transposed(x: PlainTensor, perm: readonly number[]): PlainTensor {
  return tabulate(
    perm.map((axis) => x.shape[axis] ?? 0),
    (index) =>
      at(
        x,
        perm.map((_, axis) => index[perm.indexOf(axis)] ?? 0),
      ),
  );
}

function joined(parts: readonly PlainTensor[], axis: number): PlainTensor {
  const rows = parts.flatMap((part) =>
    Array.from({ length: part.shape[axis] ?? 0 }, (_, place) => ({ part, place })),
  );
  return tabulate((parts[0]?.shape ?? []).with(axis, rows.length), (index) => {
    const row = rows[index[axis] ?? 0];
    return row ? at(row.part, index.with(axis, row.place)) : Number.NaN;
  });
}

function gathered(data: PlainTensor, rows: PlainTensor, axis: number): PlainTensor {
  const rank = rows.shape.length;
  return tabulate(data.shape.toSpliced(axis, 1, ...rows.shape), (index) => {
    const row = at(rows, index.slice(axis, axis + rank));
    return at(data, index.toSpliced(axis, rank, row));
  });
}

/** By its power series, which is exact for the small numbers of these cases. */
function errorFunction(x: number): number {
  let [sum, power] = [0, x];
  for (let n = 0; n < 60; n++) {
    sum += power / (2 * n + 1);
    power *= -(x * x) / (n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
