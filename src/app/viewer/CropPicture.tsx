/** A square of pixels as the classifier sees them, with its name below. */
import { useEffect, useRef } from 'react';
import type { Pixels } from '../../worker/protocol.ts';
import styles from './Inside.module.css';

interface Props {
  readonly crop: Pixels | undefined;
  /** CSS pixels */
  readonly side: number;
  readonly name: string;
}

export function CropPicture({ crop, side, name }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!crop) return;
    const image = new ImageData(crop.data, crop.width, crop.height);
    canvas.current?.getContext('2d')?.putImageData(image, 0, 0);
  }, [crop]);
  return (
    <figure className={styles.crop}>
      <canvas
        ref={canvas}
        width={crop?.width ?? 1}
        height={crop?.height ?? 1}
        style={{ width: side, height: side }}
        aria-hidden
      />
      <figcaption>{name}</figcaption>
    </figure>
  );
}
