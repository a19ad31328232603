/**
 * VGG16's trunk as an ONNX file, so that another runtime computes the very same network: made from our
 * weights, in the operators of opset 17, with the layout that ONNX wants (channels first). Only the
 * fields of onnx.proto that this takes are written; their numbers are that file's.
 */
import { PbfWriter } from 'pbf';
import { VGG16_LAYERS } from '../../src/core/detection/vgg16.ts';

const FLOAT = 1;
const OPSET = 17;
const IR_VERSION = 8;
const INT = 2;
const INTS = 7;

/** A kernel `[3, 3, inputs, filters]` and a bias `[filters]` of each layer. */
export type TrunkWeights = ReadonlyMap<string, Float32Array>;

interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/**
 * The file.
 *
 * @param weights by "conv1_1/kernel" and "conv1_1/bias"
 * @returns its bytes; input "picture" `[1, 3, height, width]`, output "conv5_3"
 */
export function trunkAsOnnx(weights: TrunkWeights, width: number, height: number): Uint8Array {
  const nodes: Node[] = [];
  let x = 'picture';
  for (const { name, pool } of VGG16_LAYERS) {
    if (pool) {
      const output = `${name}_pooled`;
      const attributes = { kernel_shape: [2, 2], strides: [2, 2] };
      nodes.push({ op: 'MaxPool', inputs: [x], output, attributes });
      x = output;
    }
    nodes.push({
      op: 'Conv',
      inputs: [x, `${name}/kernel`, `${name}/bias`],
      output: `${name}_linear`,
      attributes: { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], group: 1 },
    });
    nodes.push({ op: 'Relu', inputs: [`${name}_linear`], output: name });
    x = name;
  }
  const { filters } = VGG16_LAYERS.at(-1) as (typeof VGG16_LAYERS)[number];
  const stride = 16;
  const file = new PbfWriter();
  file.writeVarintField(1, IR_VERSION);
  file.writeStringField(2, 'loupe');
  file.writeMessage(
    7,
    (_, graph) => {
      for (const node of nodes) graph.writeMessage(1, writeNode, node);
      graph.writeStringField(2, 'vgg16');
      for (const { name, inputs, filters } of VGG16_LAYERS) {
        const kernel = channelsFirst(weights.get(`${name}/kernel`), inputs, filters);
        writeTensor(graph, `${name}/kernel`, [filters, inputs, 3, 3], kernel);
        writeTensor(graph, `${name}/bias`, [filters], weights.get(`${name}/bias`));
      }
      writeValue(graph, 11, 'picture', [1, 3, height, width]);
      const cells = [Math.floor(height / stride), Math.floor(width / stride)];
      writeValue(graph, 12, x, [1, filters, ...cells]);
    },
    nodes,
  );
  file.writeMessage(8, (version, opset) => opset.writeVarintField(2, version), OPSET);
  return file.finish();
}

function writeNode({ op, inputs, output, attributes = {} }: Node, node: PbfWriter): void {
  for (const input of inputs) node.writeStringField(1, input);
  node.writeStringField(2, output);
  node.writeStringField(3, output);
  node.writeStringField(4, op);
  for (const pair of Object.entries(attributes)) {
    node.writeMessage(
      5,
      ([name, value], attribute) => {
        attribute.writeStringField(1, name);
        if (typeof value === 'number') attribute.writeVarintField(3, value);
        else for (const one of value) attribute.writeVarintField(8, one);
        attribute.writeVarintField(20, typeof value === 'number' ? INT : INTS);
      },
      pair,
    );
  }
}

function writeTensor(
  graph: PbfWriter,
  name: string,
  shape: readonly number[],
  values: Float32Array | undefined,
): void {
  if (!values) throw new RangeError(`The weight ${name} is missing.`);
  graph.writeMessage(
    5,
    (raw, tensor) => {
      for (const side of shape) tensor.writeVarintField(1, side);
      tensor.writeVarintField(2, FLOAT);
      tensor.writeStringField(8, name);
      tensor.writeBytesField(9, raw);
    },
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  );
}

function writeValue(graph: PbfWriter, field: number, name: string, shape: readonly number[]): void {
  const dimension = (side: number, dim: PbfWriter) => dim.writeVarintField(1, side);
  const sides = (_: unknown, all: PbfWriter) => {
    for (const side of shape) all.writeMessage(1, dimension, side);
  };
  const tensor = (_: unknown, type: PbfWriter) => {
    type.writeVarintField(1, FLOAT);
    type.writeMessage(2, sides, null);
  };
  graph.writeMessage(
    field,
    (_, value) => {
      value.writeStringField(1, name);
      value.writeMessage(2, (_, type) => type.writeMessage(1, tensor, null), null);
    },
    null,
  );
}

/** From `[3, 3, inputs, filters]` to `[filters, inputs, 3, 3]`. */
function channelsFirst(
  kernel: Float32Array | undefined,
  inputs: number,
  filters: number,
): Float32Array | undefined {
  return kernel?.map((_, at) => {
    const place = at % 9;
    const input = Math.floor(at / 9) % inputs;
    const filter = Math.floor(at / (9 * inputs));
    return kernel[(place * inputs + input) * filters + filter] as number;
  });
}
