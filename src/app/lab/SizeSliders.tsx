/** A slider for each size, on a logarithmic scale, with a field for the exact figure. */
import { Plus, X } from 'lucide-react';
import { useId, useLayoutEffect, useRef, useState } from 'react';
import { IconButton } from '../IconButton.tsx';
import { RangeInput } from '../RangeInput.tsx';
import { useLab, useStores } from '../store/context.tsx';
import styles from './LabPage.module.css';
import { removeSize } from './removeSize.ts';
import { keyedSize, LARGEST, MOST_SIZES, SMALLEST, withSize, withSizeAt } from './tuning.ts';

export function SizeSliders() {
  const { lab } = useStores();
  const count = useLab((state) => state.history.present.sizes.length);
  return (
    <fieldset className={styles.fields}>
      <legend>Anchor sizes, px</legend>
      {Array.from({ length: count }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: sizes have places, not identities
        <SizeSlider key={index} index={index} isOnly={count === 1} />
      ))}
      <button
        type="button"
        className="button"
        disabled={count >= MOST_SIZES}
        onClick={() => lab.getState().change(withSize(lab.getState().history.present))}
      >
        <Plus aria-hidden />
        Add a size
      </button>
    </fieldset>
  );
}

function SizeSlider({ index, isOnly }: { index: number; isOnly: boolean }) {
  const { lab } = useStores();
  const size = useLab((state) => state.history.present.sizes[index] ?? SMALLEST);
  const change = (to: number) =>
    lab.getState().change(withSizeAt(lab.getState().history.present, index, to), `size ${index}`);
  const settle = () => lab.getState().settle();
  /** A drag that was given up goes on in the browser, but moves nothing any more. */
  const drag = useRef<'none' | 'held' | 'givenUp'>('none');
  const name = `Anchor size ${index + 1}`;
  return (
    <div className={styles.size}>
      <RangeInput
        aria-label={name}
        min={Math.log2(SMALLEST)}
        max={Math.log2(LARGEST)}
        step="any"
        value={Math.log2(size)}
        aria-valuetext={`${size} px`}
        onChange={(event) => {
          if (drag.current === 'givenUp') return;
          const at = 2 ** Number(event.target.value);
          change(at >= 10 ? Math.round(at) : Math.round(2 * at) / 2);
        }}
        onPointerDown={() => {
          drag.current = 'held';
        }}
        onPointerUp={() => {
          drag.current = 'none';
          settle();
        }}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          if (event.key === 'Escape') {
            if (drag.current === 'held') drag.current = 'givenUp';
            return lab.getState().giveUp(`size ${index}`);
          }
          const to = keyedSize(size, event.key);
          if (to === undefined) return;
          event.preventDefault();
          change(to);
        }}
        onKeyUp={settle}
        onBlur={settle}
      />
      <ExactSize name={`${name}, exactly`} size={size} onSize={change} onDone={settle} />
      <IconButton
        label={`Remove anchor size ${index + 1}`}
        disabled={isOnly}
        onClick={(event) => {
          const sizes = event.currentTarget.closest('fieldset') as HTMLElement;
          // The last one cannot be removed, so its button takes no focus; its field does.
          removeSize(lab, index, () => {
            const buttons = sizes.querySelectorAll<HTMLElement>('[data-remove]:enabled');
            return buttons.length > 0
              ? buttons
              : sizes.querySelectorAll<HTMLElement>('[data-exact]');
          });
        }}
        data-remove
      >
        <X aria-hidden />
      </IconButton>
    </div>
  );
}

interface ExactProps {
  readonly name: string;
  readonly size: number;
  readonly onSize: (size: number) => void;
  readonly onDone: () => void;
}

/**
 * What is typed counts when it is done; until then nothing changes. Where it is no size of this page the
 * size stays as it was, and that is said.
 */
function ExactSize({ name, size, onSize, onDone }: ExactProps) {
  const input = useRef<HTMLInputElement>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const id = useId();
  useLayoutEffect(() => {
    if (input.current) input.current.value = String(size);
    setRefused(null);
  }, [size]);
  const take = () => {
    const field = input.current;
    if (!field) return;
    const typed = Number(field.value);
    const isSize = field.value !== '' && typed >= SMALLEST && typed <= LARGEST;
    if (isSize && typed !== size) onSize(typed);
    else {
      if (!isSize) setRefused(field.value === '' ? 'An empty field' : `${field.value} px`);
      field.value = String(size);
    }
    onDone();
  };
  return (
    <>
      <input
        ref={input}
        className={styles.exact}
        data-exact
        type="number"
        min={SMALLEST}
        max={LARGEST}
        step="any"
        aria-label={name}
        aria-describedby={refused === null ? undefined : id}
        defaultValue={size}
        onInput={() => setRefused(null)}
        onBlur={take}
        onKeyDown={({ key, currentTarget }) => {
          if (key === 'Enter') take();
          else if (key === 'Escape') currentTarget.value = String(size);
        }}
      />
      <p id={id} className={styles.refused} role="status">
        {refused !== null &&
          `${refused} is no size here: sizes go from ${SMALLEST} to ${LARGEST.toLocaleString('en')} px. It stays at ${size} px.`}
      </p>
    </>
  );
}
