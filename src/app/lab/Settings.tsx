/** What anchors are held against: ratios, stride, IoU of a match, size of the photos. */
import { useId } from 'react';
import { PHOTO } from '../../worker/anchorLab/protocol.ts';
import { RangeInput } from '../RangeInput.tsx';
import { AnyOf, OneOfFew } from '../results/Pickers.tsx';
import { useLab, useStores } from '../store/context.tsx';
import styles from './LabPage.module.css';
import { hasPixels, PHOTO_SIZES, RATIOS, STRIDES, THRESHOLDS, type Tuning } from './tuning.ts';

export function Settings() {
  const { lab } = useStores();
  // One by one: the sizes, which move most, change nothing here.
  const ratios = useLab((state) => state.history.present.ratios);
  const stride = useLab((state) => state.history.present.stride);
  const threshold = useLab((state) => state.history.present.threshold);
  const photos = useLab((state) => state.history.present.photos);
  const data = useLab((state) => state.history.present.data);
  const hasOwn =
    useLab((state) => (data === PHOTO ? state.photo : state.own) !== null) && hasPixels(data);
  const id = useId();
  const change = (part: Partial<Tuning>, gesture?: string) =>
    lab.getState().change({ ...lab.getState().history.present, ...part }, gesture);
  const known = [...new Set([...RATIOS, ...ratios])];
  return (
    <div className={styles.settings}>
      <AnyOf
        name="Aspect ratios, width : height"
        choices={known.map((ratio) => ({ value: String(ratio), title: ratioTitle(ratio) }))}
        values={ratios.map(String)}
        onPick={(values) => values.length > 0 && change({ ratios: values.map(Number) })}
      />
      <OneOfFew
        name="Stride"
        choices={STRIDES.map((one) => ({ value: String(one), title: `${one} px` }))}
        value={String(stride)}
        onPick={(value) => change({ stride: Number(value) })}
      />
      <div className={styles.threshold}>
        <label htmlFor={id}>IoU of a match</label>
        <RangeInput
          id={id}
          {...THRESHOLDS}
          value={threshold}
          aria-valuetext={threshold.toFixed(2)}
          onChange={(event) => change({ threshold: Number(event.target.value) }, 'threshold')}
          onPointerUp={() => lab.getState().settle()}
          onKeyUp={() => lab.getState().settle()}
          onBlur={() => lab.getState().settle()}
        />
        <output htmlFor={id}>{threshold.toFixed(2)}</output>
      </div>
      <OneOfFew
        name="Long side of the photos"
        choices={PHOTO_SIZES.filter((one) => one > 0 || hasOwn).map((one) => ({
          value: String(one),
          title: one > 0 ? `${one} px` : 'their own',
        }))}
        value={String(photos === 0 && !hasOwn ? 640 : photos)}
        onPick={(value) => change({ photos: Number(value) })}
      />
    </div>
  );
}

/** `0.5` (height over width) is `2 : 1`. */
function ratioTitle(ratio: number): string {
  const wide = 1 / ratio;
  const figure = (value: number) => String(Math.round(100 * value) / 100);
  return ratio < 1 ? `${figure(wide)} : 1` : `1 : ${figure(ratio)}`;
}
