/**
 * Writes a network as a standard `tf.LayersModel` (model.json): its graph as Keras describes it, and which weights lie in
 * which shards. Loupe itself computes with its own functions; this is so that anyone can load the weights with
 * tf.loadLayersModel, open them in Netron, and check them.
 */
import type { ManifestGroup } from './manifest.ts';

type Activation = 'relu' | 'linear';

/** One layer; `input` is the name of the layer it follows, the one before it in the list when left out. */
export type LayerDescription = { readonly name: string; readonly input?: string } & (
  | { readonly type: 'input'; readonly shape: readonly (number | null)[] }
  | {
      /** both of stride 1, padded "same" */
      readonly type: 'conv2d' | 'conv2dTranspose';
      readonly filters: number;
      readonly kernelSize: number;
      readonly activation: Activation;
    }
  | { readonly type: 'maxPool2d' }
  | { readonly type: 'flatten' }
  /** adds what another layer made, of the same shape */
  | { readonly type: 'add'; readonly other: string }
  | { readonly type: 'relu' }
  | { readonly type: 'dense'; readonly units: number; readonly activation: Activation }
);

/** A layer with what follows from its place in the graph. */
interface PlacedLayer {
  readonly layer: LayerDescription;
  /** The layers it follows. */
  readonly inputs: readonly string[];
  /** Without the batch; null where any size will do. */
  readonly outputShape: readonly (number | null)[];
  /** The shapes of its weights by the last part of their name. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

/**
 * The weights a network has, and their shapes: kernels `[height, width, inputs, filters]` or `[inputs, units]`,
 * those of transposed convolutions `[height, width, filters, inputs]`.
 * @returns 'layer/kernel' and 'layer/bias' to shape, in the order of the layers
 * @throws Error when a layer follows one that does not exist, or one of a shape it cannot take
 */
export function weightShapes(layers: readonly LayerDescription[]): Map<string, readonly number[]> {
  return new Map(
    placeLayers(layers).flatMap(({ layer, weights }) =>
      Object.entries(weights).map(([part, shape]) => [`${layer.name}/${part}`, shape] as const),
    ),
  );
}

/**
 * The contents of model.json. Its outputs are the layers that no other layer follows.
 * @param name the model's name
 * @param groups the shards and weights, as in the manifest
 */
export function layersModelJson(
  name: string,
  layers: readonly LayerDescription[],
  groups: readonly ManifestGroup[],
): object {
  const placed = placeLayers(layers);
  const followed = new Set(placed.flatMap(({ inputs }) => inputs));
  const end = ({ layer }: PlacedLayer) => [layer.name, 0, 0];
  return {
    format: 'layers-model',
    generatedBy: 'Loupe',
    convertedBy: null,
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: {
        class_name: 'Functional',
        config: {
          name,
          layers: placed.map(kerasLayer),
          input_layers: placed.filter(({ layer }) => layer.type === 'input').map(end),
          output_layers: placed.filter(({ layer }) => !followed.has(layer.name)).map(end),
        },
      },
    },
    weightsManifest: groups.map((group) => ({
      paths: group.shards.map((shard) => shard.path),
      weights: group.weights.map(({ name: weight, shape, dtype }) => ({
        name: weight,
        shape,
        dtype: 'float32',
        ...(dtype === 'float16' && {
          quantization: { dtype: 'float16', original_dtype: 'float32' },
        }),
      })),
    })),
  };
}

function placeLayers(layers: readonly LayerDescription[]): PlacedLayer[] {
  const placed = new Map<string, PlacedLayer>();
  let previous: string | undefined;
  for (const layer of layers) {
    const inputs = inputsOf(layer, previous);
    const shapes = inputs.map((input) => placed.get(input)?.outputShape);
    const shape = shapes.includes(undefined) ? undefined : (shapes[0] ?? []);
    if (!shape || placed.has(layer.name)) {
      throw new Error(
        shape ? `two layers are named "${layer.name}"` : `"${layer.name}" follows no known layer`,
      );
    }
    placed.set(layer.name, { layer, inputs, ...place(layer, shape) });
    previous = layer.name;
  }
  return [...placed.values()];
}

function inputsOf(layer: LayerDescription, previous: string | undefined): string[] {
  const input = layer.input ?? previous;
  if (layer.type === 'input' || input === undefined) return [];
  return layer.type === 'add' ? [input, layer.other] : [input];
}

function place(
  layer: LayerDescription,
  inputShape: readonly (number | null)[],
): Pick<PlacedLayer, 'outputShape' | 'weights'> {
  const known = (size: number | null | undefined): number => {
    if (typeof size !== 'number') throw new Error(`"${layer.name}" needs an input of known size`);
    return size;
  };
  switch (layer.type) {
    case 'input':
      return { outputShape: layer.shape, weights: {} };
    case 'conv2d':
    case 'conv2dTranspose': {
      const { filters, kernelSize } = layer;
      const [height = null, width = null, channels] = inputShape;
      const sides = [known(channels), filters];
      if (layer.type === 'conv2dTranspose') sides.reverse();
      return {
        outputShape: [height, width, filters],
        weights: { kernel: [kernelSize, kernelSize, ...sides], bias: [filters] },
      };
    }
    case 'add':
    case 'relu':
      return { outputShape: inputShape, weights: {} };
    case 'maxPool2d': {
      const [height = null, width = null, channels = null] = inputShape;
      const half = (size: number | null) => (size === null ? null : Math.floor(size / 2));
      return { outputShape: [half(height), half(width), channels], weights: {} };
    }
    case 'flatten':
      return { outputShape: [inputShape.map(known).reduce((a, b) => a * b, 1)], weights: {} };
    case 'dense':
      return {
        outputShape: [layer.units],
        weights: { kernel: [known(inputShape.at(-1)), layer.units], bias: [layer.units] },
      };
  }
}

/** A layer in Keras' own words. Weights start at zero, which spares loading a random start. */
function kerasLayer({ layer, inputs }: PlacedLayer): object {
  const { name } = layer;
  const zeros = { class_name: 'Zeros', config: {} };
  const common = { name, trainable: true, dtype: 'float32' };
  const weighted = { use_bias: true, kernel_initializer: zeros, bias_initializer: zeros };
  const images = { data_format: 'channels_last' };
  const inbound_nodes = inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])];
  const write = (class_name: string, config: object) => ({
    class_name,
    config: { ...common, ...config },
    name,
    inbound_nodes,
  });
  switch (layer.type) {
    case 'input':
      return write('InputLayer', { batch_input_shape: [null, ...layer.shape], sparse: false });
    case 'conv2d':
    case 'conv2dTranspose':
      return write(layer.type === 'conv2d' ? 'Conv2D' : 'Conv2DTranspose', {
        filters: layer.filters,
        kernel_size: [layer.kernelSize, layer.kernelSize],
        strides: [1, 1],
        padding: 'same',
        dilation_rate: [1, 1],
        activation: layer.activation,
        ...images,
        ...weighted,
      });
    case 'maxPool2d':
      return write('MaxPooling2D', {
        pool_size: [2, 2],
        strides: [2, 2],
        padding: 'valid',
        ...images,
      });
    case 'add':
      return write('Add', {});
    case 'relu':
      return write('Activation', { activation: 'relu' });
    case 'flatten':
      return write('Flatten', images);
    case 'dense':
      return write('Dense', { units: layer.units, activation: layer.activation, ...weighted });
  }
}
