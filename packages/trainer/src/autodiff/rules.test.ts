import { describe, expect, test } from 'vitest';
import { Graph, type Shape, type Value } from '../onnx/graph.ts';
import { type CompiledGraph, compileGraph, type PlainTensor } from '../onnx/run.ts';
import {
  type CaseInput,
  COMPOSED_CASES,
  OPERATOR_CASES,
  type OperatorCase,
} from './__fixtures__/operator-cases.ts';
import { at, tabulate } from './__fixtures__/plain-loops.ts';
import { gradients } from './gradients.ts';

/** Each case is built once and run at all of these. */
const SIZES: readonly Readonly<Record<string, number>>[] = [
  { B: 2, T: 3, N: 4 },
  { B: 1, T: 4, N: 2 },
];

/** Float32 keeps 24 bits; sums of a few dozen terms of size about 1 and the functions' own errors stay well below this. */
const FORWARD_TOLERANCE = 1e-5;

/**
 * Half the distance of the two points of a difference: a power of two, so that adding it to an element is nearly exact.
 * Each place's loss lies in [-1, 1] and is added up in float64, so rounding contributes about 6e-8 / 2^-7 < 1e-5 a place;
 * the third derivative contributes 2^-14 / 6 · f''' = 1e-5 · f''', with f''' up to 15 (1/x at 0.8).
 */
const STEP = 2 ** -7;
const GRADIENT_TOLERANCE = 1e-3;

const cases = [...Object.entries(OPERATOR_CASES), ['composed', COMPOSED_CASES] as const].flatMap(
  ([op, list]) => list.map((operatorCase) => ({ op, title: operatorCase.title, operatorCase })),
);

describe.each(cases)('$op, $title', ({ op, operatorCase }) => {
  test('gives what a plain loop gives', async () => {
    const { graph, outputs } = buildCase(operatorCase);
    if (op !== 'composed') expect(graph.nodes.map((node) => node.op)).toContain(op);
    for (const [at, output] of outputs.entries()) graph.output(`y${at}`, output);
    await using compiled = await compileGraph(graph);
    for (const sizes of SIZES) {
      const feeds = feedsOf(operatorCase, sizes);
      const expected = operatorCase.expect(...Object.values(feeds));
      const results = await compiled.run(feeds);
      for (const [place, tensor] of [expected].flat().entries()) {
        const result = results[`y${place}`] as PlainTensor;
        expect(result.shape).toEqual(tensor.shape);
        expect(outputs[place]?.shape.map((dim) => sizeOf(dim, sizes))).toEqual(tensor.shape);
        expectClose(result, tensor, FORWARD_TOLERANCE);
      }
    }
  });

  const floats = operatorCase.inputs.flatMap(({ dtype = 'float32' }, place) =>
    dtype === 'float32' ? [place] : [],
  );
  const checked = operatorCase.differentiable ?? floats;
  test.runIf(checked.length > 0)('has the gradient that central differences show', async () => {
    await using loss = await compileLoss(operatorCase, checked);
    for (const sizes of SIZES) {
      const feeds = feedsOf(operatorCase, sizes);
      const exact = await loss.compiled.run({ ...feeds, ...loss.phases(feeds) });
      for (const place of checked) {
        const numeric = await centralDifferences(loss, feeds, `x${place}`);
        expectClose(exact[`gradient${place}`] as PlainTensor, numeric, GRADIENT_TOLERANCE);
      }
    }
  });
});

interface BuiltCase {
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

function buildCase(operatorCase: OperatorCase): BuiltCase {
  const graph = new Graph('case');
  const inputs = operatorCase.inputs.map(({ shape, dtype = 'float32' }, place) =>
    graph.input(`x${place}`, dtype, shape),
  );
  const [first, ...rest] = inputs as [Value, ...Value[]];
  return { graph, inputs, outputs: [operatorCase.build(graph, first, ...rest)].flat() };
}

/** The loss Σ sin(y + phase), one phase for every element of every output, with its gradients. */
interface LossOfCase extends AsyncDisposable {
  readonly compiled: CompiledGraph;
  readonly phases: (feeds: Feeds) => Feeds;
}

type Feeds = Readonly<Record<string, PlainTensor>>;

async function compileLoss(
  operatorCase: OperatorCase,
  checked: readonly number[],
): Promise<LossOfCase> {
  const { graph, inputs, outputs } = buildCase(operatorCase);
  const terms = outputs.map((output, place) => {
    const phase = graph.input(`phase${place}`, 'float32', output.shape);
    const term = graph.sin(graph.add(graph.cast(output, 'float32'), phase));
    graph.output(`term${place}`, term);
    const axes = term.shape.map((_, axis) => axis);
    return axes.length === 0 ? term : graph.reduceSum(term, axes, false);
  });
  const total = terms.reduce((sum, term) => graph.add(sum, term));
  const wrt = checked.map((place) => inputs[place] as Value);
  for (const [at, gradient] of gradients(graph, total, wrt).entries()) {
    graph.output(`gradient${checked[at]}`, gradient);
  }
  const compiled = await compileGraph(graph);
  return {
    compiled,
    phases(feeds) {
      const shapes = [operatorCase.expect(...Object.values(feeds))]
        .flat()
        .map(({ shape }) => shape);
      return Object.fromEntries(
        shapes.map((shape, place) => [
          `phase${place}`,
          tabulate(shape, (index) => 0.7 + 1.3 * mixed(index)),
        ]),
      );
    },
    [Symbol.asyncDispose]: () => compiled[Symbol.asyncDispose](),
  };
}

async function centralDifferences(
  loss: LossOfCase,
  feeds: Feeds,
  name: string,
): Promise<PlainTensor> {
  const { data, shape } = feeds[name] as PlainTensor;
  const phases = loss.phases(feeds);
  const lossAt = async (place: number, offset: number): Promise<number> => {
    const moved = { data: data.with(place, (data[place] ?? 0) + offset), shape };
    const results = await loss.compiled.run({ ...feeds, ...phases, [name]: moved });
    const terms = Object.entries(results).filter(([output]) => output.startsWith('term'));
    return terms.flatMap(([, tensor]) => tensor.data).reduce((sum, term) => sum + term, 0);
  };
  const slopes: number[] = [];
  for (const place of data.keys()) {
    slopes.push(((await lossAt(place, STEP)) - (await lossAt(place, -STEP))) / (2 * STEP));
  }
  return { data: slopes, shape };
}

function feedsOf({ inputs }: OperatorCase, sizes: Readonly<Record<string, number>>): Feeds {
  return Object.fromEntries(
    inputs.map((each, place) => [`x${place}`, tensorOf(each, place, sizes)]),
  );
}

function tensorOf(
  { shape, element, positive = false }: CaseInput,
  place: number,
  sizes: Readonly<Record<string, number>>,
): PlainTensor {
  const dims = shape.map((dim) => sizeOf(dim, sizes));
  const count = dims.reduce((product, dim) => product * dim, 1);
  const values = element
    ? Array.from({ length: count }, (_, at) => element(at))
    : spaced(count, place);
  const data = positive ? values.map((x) => Math.abs(x) + 0.8) : values;
  return { data: data.map(Math.fround), shape: dims };
}

/** Numbers in no order whose distances, also from those of another input, are more than two steps. */
function spaced(count: number, place: number): number[] {
  const stride = [7, 11, 13].find((each) => count % each !== 0) ?? 1;
  return Array.from({ length: count }, (_, at) => {
    const rank = (at * stride) % count;
    return (rank - (count - 1) / 2) * 0.11 + 0.04 + place * 0.027;
  });
}

function sizeOf(dim: Shape[number], sizes: Readonly<Record<string, number>>): number {
  if (typeof dim === 'number') return dim;
  // A computed dimension such as (T+1) or B*T, written with the operators of the language.
  const numbers = dim.replaceAll(/[A-Z]/gu, (name) => String(sizes[name]));
  return Number(new Function(`return ${numbers}`)());
}

function mixed(index: readonly number[]): number {
  return index.reduce((sum, position, axis) => sum + Math.sin(3 * position + axis), 0);
}

function expectClose(result: PlainTensor, expected: PlainTensor, tolerance: number): void {
  expect(result.data.length).toBe(expected.data.length);
  tabulate(expected.shape, (index) => {
    const [got, wanted] = [at(result, index), at(expected, index)];
    const error = Math.abs(got - wanted) / Math.max(1, Math.abs(wanted));
    expect(error, `at [${index}]: got ${got}, expected ${wanted}`).toBeLessThanOrEqual(tolerance);
    return error;
  });
}
