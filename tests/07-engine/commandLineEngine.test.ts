/** The command line's engines: each either computes, or says in a sentence how it could. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../training/console.ts';
import { chooseEngine, ENGINE_CHOICES, type EngineChoice } from '../../training/engine.ts';

describe('the engine', () => {
  test.each(ENGINE_CHOICES)('%s computes, or says how it could be had', async (choice) => {
    try {
      const { name, description } = await chooseEngine(choice);
      const plain = choice === 'bfloat16' ? 'tensorflow' : choice;
      expect(choice === 'auto' || plain === name).toBe(true);
      expect(tf.getBackend()).toBe(name);
      expect(description).not.toBe('');
      const sum = tf.sum(tf.ones([3, 5]));
      expect(await sum.data()).toEqual(Float32Array.of(15));
      sum.dispose();
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect(['tensorflow', 'bfloat16', 'webgpu']).toContain(choice);
      expect((error as UserError).message).toMatch(/use --engine wasm\.$|install its version/);
    }
  });

  test('of an unknown name is refused with the names there are', async () => {
    await expect(chooseEngine('cuda' as EngineChoice)).rejects.toThrow(
      'There is no engine called "cuda"; choose one of auto, tensorflow, bfloat16, webgpu, wasm.',
    );
  });
});
