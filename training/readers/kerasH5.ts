/**
 * Reads the weights of a Keras .h5 file: a group per layer, holding its kernel and bias. The VGG16 files of Keras name
 * them block1_conv1/block1_conv1_W_1:0 (the "tf_dim_ordering_tf_kernels" files) or block1_conv1/.../kernel:0 (later ones);
 * both come out as "conv1_1/kernel" and "conv1_1/bias", as in this repository's models.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { Dataset, File, Group, ready } from 'h5wasm/node';
import { ModelError } from '../../src/core/models/modelError.ts';
import type { WeightData } from '../../src/core/models/modelFiles.ts';

const HDF5_SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const KERNEL = /(?:_W(?:_\d+)?|kernel)(?::\d+)?$/;
const BIAS = /(?:_b(?:_\d+)?|bias)(?::\d+)?$/;

/**
 * Reads all kernels and biases of a Keras weights file, or of a whole saved model.
 * @param path a file with tensors in TensorFlow's order: kernels `[height, width, inputs, filters]`
 * @returns 'layer/kernel' and 'layer/bias' to tensor; VGG16's "block1_conv1" is called "conv1_1"
 * @throws ModelError when it is not an HDF5 file, is cut, or has no layers
 */
export async function readKerasH5(path: string): Promise<Map<string, WeightData>> {
  const label = basename(path);
  if (!beginsAsHdf5(path)) throw new ModelError('invalid', `${label} is not an HDF5 file.`, label);
  // HDF5 throws then, instead of printing its own stack to stderr.
  (await ready).activate_throwing_error_handler();
  let file: File | undefined;
  try {
    file = new File(path, 'r');
    const weights = new Map<string, WeightData>();
    collect((file.get('model_weights') ?? file) as Group, undefined, weights);
    if (weights.size === 0) {
      throw new ModelError('invalid', `${label} holds no Keras layers with kernels.`, label);
    }
    return weights;
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError(
      'cut',
      `${label} cannot be read as HDF5 to its end; it is probably cut. Get the file again.`,
      label,
    );
  } finally {
    file?.close();
  }
}

function beginsAsHdf5(path: string): boolean {
  const start = new Uint8Array(HDF5_SIGNATURE.length);
  const file = openSync(path, 'r');
  readSync(file, start);
  closeSync(file);
  return HDF5_SIGNATURE.every((byte, index) => start[index] === byte);
}

/** Walks the groups; `layer` is the outermost one, which is the layer's name. */
function collect(group: Group, layer: string | undefined, weights: Map<string, WeightData>): void {
  for (const key of group.keys()) {
    const item = group.get(key);
    if (item instanceof Group) collect(item, layer ?? key, weights);
    else if (item instanceof Dataset && layer) {
      const part = KERNEL.test(key) ? 'kernel' : BIAS.test(key) ? 'bias' : undefined;
      if (part) weights.set(`${ourName(layer)}/${part}`, readTensor(item));
    }
  }
}

function ourName(kerasLayer: string): string {
  return kerasLayer.replace(/^block(\d+)_conv(\d+)$/, 'conv$1_$2');
}

function readTensor(dataset: Dataset): WeightData {
  const values = dataset.value;
  if (!(values instanceof Float32Array || values instanceof Float64Array)) {
    throw new ModelError('unsupported', `The tensor ${dataset.path} does not hold float numbers.`);
  }
  return { shape: dataset.shape ?? [], data: Float32Array.from(values) };
}
