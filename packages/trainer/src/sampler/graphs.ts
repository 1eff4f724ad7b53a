/** The sampler's graphs: prefill, decode step, and the edits of caches that stay on a device. */
import type { DecoderConfig } from '../model/config.ts';
import { MASKED_SCORE } from '../model/decoder.ts';
import { nextName } from '../model/graph-names.ts';
import {
  type Attend,
  type DecoderScope,
  declareParameters,
  decoderLayer,
  embed,
  logits,
  type Rotation,
} from '../model/layers.ts';
import { addDims, multiplyDims } from '../onnx/dims.ts';
import { Graph, type Shape, type Value } from '../onnx/graph.ts';
import { CACHE_KINDS, type CacheKind, cacheName, freshName } from './cache-layout.ts';

/**
 * Whole prompts, padded at the right: `ids` `[N, T]`, `last` `[N]` (index of each prompt's last token in `N·T`), `positions`
 * `[T]`, rotation tables `cos`, `sin` → `logits` `[N, 1, V]` after each prompt, and `fresh.promptKey.l` `[N, KV, headDim, T]`,
 * `fresh.promptValue.l` `[N, KV, T, headDim]` of every layer.
 */
export function buildPrefillGraph(config: DecoderConfig): Graph {
  const graph = new Graph('prefill');
  const scope: DecoderScope = { config, parameters: declareParameters(graph, config) };
  const { heads, keyValueHeads, headDim, hiddenSize } = config;
  const ids = graph.input('ids', 'int64', ['N', 'T']);
  const last = graph.input('last', 'int64', ['N']);
  const positions = graph.input('positions', 'float32', ['T']);
  const rotation = declareRotation(graph, config, graph.constant([0], 'int64', [1]));
  const isVisible = graph.lessOrEqual(
    graph.unsqueeze(positions, [0]),
    graph.unsqueeze(positions, [1]),
  );
  const mask = graph.where(isVisible, graph.scalar(0), graph.scalar(MASKED_SCORE)); // [T, T]
  const scale = graph.scalar(headDim ** -0.5);
  const attend: Attend = ({ query, key, value }, layer) => {
    const turnedKey = graph.transpose(key, [0, 1, 3, 2]);
    graph.output(freshName('promptKey', layer), turnedKey);
    graph.output(freshName('promptValue', layer), value);
    // Heads that share a key lie side by side, so they become more queries of one head without a copy.
    const queries = graph.reshape(graph.mul(query, scale), [0, keyValueHeads, -1, headDim]);
    const scores = graph.reshape(graph.matMul(queries, turnedKey), [0, heads, -1, 0]);
    const weights = graph.softmax(graph.add(scores, mask));
    const context = graph.matMul(graph.reshape(weights, [0, keyValueHeads, -1, 0]), value);
    return graph.reshape(context, [0, heads, -1, headDim]);
  };
  let x = embed(graph, scope, ids);
  for (let layer = 0; layer < config.layers; layer++) {
    x = decoderLayer(graph, scope, layer, x, rotation, attend);
  }
  const ends = graph.gather(graph.reshape(x, [-1, hiddenSize]), last, 0);
  graph.output('logits', logits(graph, scope, graph.unsqueeze(ends, [1])));
  return graph;
}

/**
 * One token of every completion: `ids` and position `at` `[P·lanes, 1]`, rotation tables `cos`, `sin`, `mask` `[P, 1, 1, Tp+Tg]` to add to
 * the scores of cached columns, and all caches → `logits` `[P·lanes, 1, V]`, and the token's own `fresh.key.l`,
 * `fresh.value.l` `[P, KV, lanes, headDim]`, which are not in the caches yet.
 */
export function buildStepGraph(config: DecoderConfig, lanes: number): Graph {
  const graph = new Graph(`step of ${lanes}`);
  const scope: DecoderScope = { config, parameters: declareParameters(graph, config) };
  const { heads, keyValueHeads, headDim } = config;
  const perKey = heads / keyValueHeads;
  const queries = lanes * perKey;
  const rows = multiplyDims(['P', lanes]);
  const ids = graph.input('ids', 'int64', [rows, 1]);
  const rotation = declareRotation(graph, config, graph.input('at', 'int64', [rows, 1]));
  const mask = graph.input('mask', 'float32', ['P', 1, 1, addDims(['Tp', 'Tg'])]);
  const caches = declareCaches(graph, config, lanes);
  const widths = graph.concat(
    [
      graph.shapeOf(get(caches, cacheName('promptValue', 0)), 2, 3),
      graph.shapeOf(get(caches, cacheName('value', 0)), 3, 4),
      graph.constant([1], 'int64', [1]),
    ],
    0,
  );
  const scale = graph.scalar(headDim ** -0.5);

  /** `[P·lanes, KV, 1, headDim]` → `[P, KV, lanes, headDim]`. */
  const bySlot = (x: Value): Value =>
    graph.transpose(graph.reshape(x, [-1, lanes, keyValueHeads, headDim]), [0, 2, 1, 3]);
  /** `[P, KV, lanes, perKey, …]` → `[P, KV, lanes·perKey, …]`: all of a slot's queries look at one prompt. */
  const together = (x: Value): Value => graph.reshape(x, [0, keyValueHeads, queries, -1]);
  /** And back. */
  const apart = (x: Value): Value => graph.reshape(x, [0, keyValueHeads, lanes, perKey, -1]);

  const attend: Attend = ({ query, key, value }, layer) => {
    const cache = (kind: CacheKind): Value => get(caches, cacheName(kind, layer));
    const ownKey = bySlot(key);
    const ownValue = bySlot(value);
    graph.output(freshName('key', layer), ownKey);
    graph.output(freshName('value', layer), ownValue);

    const perLane = graph.transpose(
      graph.reshape(graph.mul(query, scale), [-1, lanes, keyValueHeads, perKey, headDim]),
      [0, 2, 1, 3, 4],
    ); // [P, KV, lanes, perKey, headDim]
    const toPrompt = graph.matMul(together(perLane), cache('promptKey'));
    const toPast = graph.matMul(perLane, graph.transpose(cache('key'), [0, 1, 2, 4, 3]));
    const toSelf = graph.reduceSum(graph.mul(perLane, graph.unsqueeze(ownKey, [3])), [4], true);
    const masked = graph.add(graph.concat([toPrompt, together(toPast)], 3), mask);
    const weights = graph.softmax(graph.concat([masked, together(toSelf)], 3));
    const parts = graph.splitBy(weights, 3, widths, ['Tp', 'Tg', 1]);
    const [onPrompt, onPast, onSelf] = parts as [Value, Value, Value];
    const past = graph.add(
      graph.matMul(apart(onPast), cache('value')),
      graph.mul(apart(onSelf), graph.unsqueeze(ownValue, [3])),
    );
    const context = graph.add(apart(graph.matMul(onPrompt, cache('promptValue'))), past);
    return graph.reshape(graph.transpose(context, [0, 2, 1, 3, 4]), [-1, heads, 1, headDim]);
  };

  let x = embed(graph, scope, ids);
  for (let layer = 0; layer < config.layers; layer++) {
    x = decoderLayer(graph, scope, layer, x, rotation, attend);
  }
  graph.output('logits', logits(graph, scope, x));
  return graph;
}

/**
 * Puts the tokens of a step into caches on a device: `fresh.key.l` of slot p into column `targets[p]` `[P, 1, 1, 1, 1]`; `columns`
 * `[Tg, 1]` counts from 0. → `next.key.l`, `next.value.l`.
 */
export function buildAppendGraph(config: DecoderConfig): Graph {
  const graph = new Graph('append');
  const { keyValueHeads, headDim } = config;
  const targets = graph.input('targets', 'int64', ['P', 1, 1, 1, 1]);
  const columns = graph.input('columns', 'int64', ['Tg', 1]);
  const isTarget = graph.equal(columns, targets); // [P, 1, 1, Tg, 1]
  forEachCache(config, ['key', 'value'], (kind, layer) => {
    const cache = declareCache(graph, config, kind, layer, 'lanes');
    const shape: Shape = ['P', keyValueHeads, 'lanes', headDim];
    const fresh = graph.input(freshName(kind, layer), 'float32', shape);
    graph.output(nextName(cache.name), graph.where(isTarget, graph.unsqueeze(fresh, [3]), cache));
  });
  return graph;
}

/**
 * Puts prompts into caches on a device: slot i of the result is row `sources[i]` of the P slots followed by the N rows of
 * the `fresh.…` tensors, with `room` columns of zeros behind them. → `next.promptKey.l`, `next.promptValue.l`.
 */
export function buildJoinGraph(config: DecoderConfig): Graph {
  const graph = new Graph('join');
  const { keyValueHeads, headDim } = config;
  const sources = graph.input('sources', 'int64', ['J']);
  const room = graph.input('room', 'int64', [1]);
  forEachCache(config, ['promptKey', 'promptValue'], (kind, layer) => {
    const cache = declareCache(graph, config, kind, layer, 'lanes');
    const isKey = kind === 'promptKey';
    const shape = isKey ? [keyValueHeads, headDim, 'T'] : [keyValueHeads, 'T', headDim];
    const fresh = graph.input(freshName(kind, layer), 'float32', ['N', ...shape]);
    const padded = padBehind(graph, fresh, isKey ? 3 : 2, room, 'Tp');
    graph.output(nextName(cache.name), graph.gather(graph.concat([cache, padded], 0), sources, 0));
  });
  return graph;
}

/**
 * Keeps of caches on a device the slots `sources` names, in that order, and puts `room` columns of zeros behind those of the
 * completions. → `next.…` of every cache.
 */
export function buildResizeGraph(config: DecoderConfig): Graph {
  const graph = new Graph('resize');
  const sources = graph.input('sources', 'int64', ['J']);
  const room = graph.input('room', 'int64', [1]);
  for (const [name, cache] of declareCaches(graph, config, 'lanes')) {
    const kept = graph.gather(cache, sources, 0);
    const isPrompt = cache.shape.length === 4;
    graph.output(nextName(name), isPrompt ? kept : padBehind(graph, kept, 3, room, 'wider'));
  }
  return graph;
}

/** Puts `room` `[1]` zeros behind an axis, which is then called `width`. */
function padBehind(graph: Graph, x: Value, axis: number, room: Value, width: string): Value {
  const rank = x.shape.length;
  const zeros = (count: number): Value =>
    graph.constant(new Array(count).fill(0), 'int64', [count]);
  const parts = [zeros(rank + axis), room, ...(axis === rank - 1 ? [] : [zeros(rank - 1 - axis)])];
  return graph.padBy(x, graph.concat(parts, 0), x.shape.with(axis, width));
}

function forEachCache(
  { layers }: DecoderConfig,
  kinds: readonly CacheKind[],
  visit: (kind: CacheKind, layer: number) => void,
): void {
  for (let layer = 0; layer < layers; layer++) for (const kind of kinds) visit(kind, layer);
}

/** Tables by position, `[N, headDim / 2]`, and the positions to look up. */
function declareRotation(graph: Graph, { headDim }: DecoderConfig, positions: Value): Rotation {
  return {
    positions,
    cos: graph.input('cos', 'float32', ['tabled', headDim / 2]),
    sin: graph.input('sin', 'float32', ['tabled', headDim / 2]),
  };
}

function declareCaches(
  graph: Graph,
  config: DecoderConfig,
  lanes: number | string,
): Map<string, Value> {
  const caches = new Map<string, Value>();
  forEachCache(config, CACHE_KINDS, (kind, layer) => {
    caches.set(cacheName(kind, layer), declareCache(graph, config, kind, layer, lanes));
  });
  return caches;
}

function declareCache(
  graph: Graph,
  { keyValueHeads, headDim }: DecoderConfig,
  kind: CacheKind,
  layer: number,
  lanes: number | string,
): Value {
  const shapes: Readonly<Record<CacheKind, Shape>> = {
    promptKey: ['P', keyValueHeads, headDim, 'Tp'],
    promptValue: ['P', keyValueHeads, 'Tp', headDim],
    key: ['P', keyValueHeads, lanes, 'Tg', headDim],
    value: ['P', keyValueHeads, lanes, 'Tg', headDim],
  };
  return graph.input(cacheName(kind, layer), 'float32', shapes[kind]);
}

function get(caches: ReadonlyMap<string, Value>, name: string): Value {
  return caches.get(name)!;
}
