import { DATA_TYPE_CODES } from './dtype.ts';
import type { Constant, Graph, GraphNode, Value } from './graph.ts';
import { ATTRIBUTE_TYPES, EXTERNAL_DATA, MODEL_PROTO } from './onnx-proto.ts';
import { OPERATOR_DOMAINS } from './operators.ts';

/** Operator set the models are written against. */
export const OPSET_VERSION = 21;
/** Model format that introduced it. */
const IR_VERSION = 10;

/** Inputs that are part of the model, their little-endian elements in a file beside it. */
export interface ExternalData {
  /** The file's name, in the model's folder. */
  readonly file: string;
  /** Where each input's elements lie in it, in bytes, by name. */
  readonly places: ReadonlyMap<string, { readonly offset: number; readonly sizeBytes: number }>;
}

/**
 * The bytes of an ONNX model file: what `InferenceSession.create` takes. Nodes and constants that no output needs are left
 * out, inputs never. Equal graphs give equal bytes.
 *
 * @param external - Inputs to store instead of asking for them at every run; a model file cannot hold more than 2 GiB itself.
 */
export function serializeModel(graph: Graph, external?: ExternalData): Uint8Array {
  const isStored = ({ name }: Value) => external?.places.has(name) === true;
  const needed = neededValues(graph);
  const isNeeded = (value: Value) => needed.has(value);
  const model = {
    irVersion: IR_VERSION,
    producerName: 'taskspace',
    opsetImport: [
      { domain: '', version: OPSET_VERSION },
      { domain: 'com.microsoft', version: 1 },
    ],
    graph: {
      name: graph.name,
      node: graph.nodes.filter(({ outputs }) => outputs.some(isNeeded)).map(nodeProto),
      initializer: [
        ...graph.constants.filter(({ value }) => isNeeded(value)).map(tensorProto),
        ...graph.inputs.filter(isStored).map((input) => externalProto(input, external!)),
      ],
      input: graph.inputs.filter((input) => !isStored(input)).map(valueInfoProto),
      output: graph.outputs.map(({ value }) => valueInfoProto(value)),
    },
  };
  return MODEL_PROTO.encode(MODEL_PROTO.fromObject(model)).finish();
}

/** The values that a graph's outputs depend on, these included. */
export function neededValues(graph: Graph): ReadonlySet<Value> {
  const needed = new Set(graph.outputs.map(({ value }) => value));
  for (const { inputs, outputs } of graph.nodes.toReversed()) {
    if (!outputs.some((output) => needed.has(output))) continue;
    for (const input of inputs) needed.add(input);
  }
  return needed;
}

function nodeProto({ op, inputs, outputs, attributes }: GraphNode): object {
  return {
    opType: op,
    domain: OPERATOR_DOMAINS[op] ?? '',
    name: outputs[0]?.name,
    input: inputs.map(({ name }) => name),
    output: outputs.map(({ name }) => name),
    attribute: Object.entries(
      attributes as Readonly<Record<string, number | readonly number[]>>,
    ).map(([name, setting]) =>
      typeof setting === 'number'
        ? { name, type: ATTRIBUTE_TYPES.int, i: setting }
        : { name, type: ATTRIBUTE_TYPES.ints, ints: setting },
    ),
  };
}

function tensorProto({ value, bytes }: Constant): object {
  return {
    name: value.name,
    dims: value.shape,
    dataType: DATA_TYPE_CODES[value.dtype],
    rawData: bytes,
  };
}

function externalProto({ name, dtype, shape }: Value, { file, places }: ExternalData): object {
  const { offset, sizeBytes } = places.get(name)!;
  const entries = { location: file, offset, length: sizeBytes };
  return {
    name,
    dims: shape,
    dataType: DATA_TYPE_CODES[dtype],
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value: String(value) })),
    dataLocation: EXTERNAL_DATA,
  };
}

function valueInfoProto({ name, dtype, shape }: Value): object {
  const dim = shape.map((size) =>
    typeof size === 'number' ? { dimValue: size } : { dimParam: size },
  );
  return { name, type: { tensorType: { elemType: DATA_TYPE_CODES[dtype], shape: { dim } } } };
}
