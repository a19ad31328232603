/**
 * The second look: how it goes, how to stop it, and a menu of what it is to be. While it runs the
 * detections are there already; it only makes their scores better.
 */
import { ChevronDown, Sparkles } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { Upscaling } from '../../worker/protocol.ts';
import { ChoiceItem } from '../header/ChoiceItem.tsx';
import { usePreferences, useSharpen, useStores } from '../store/context.tsx';
import { PROPOSAL_CHOICES } from '../store/preferences.ts';
import styles from './SecondLook.module.css';

const NAMES: Readonly<Record<Upscaling, string>> = {
  none: 'No second look',
  bicubic: 'Enlarged',
  'super-resolution': 'Sharpened',
};
const MEANINGS: Readonly<Record<Upscaling, string>> = {
  none: 'What the detector says stands',
  bicubic: 'The best proposals are enlarged by bicubic interpolation and classified again',
  'super-resolution': 'The best proposals are sharpened by super-resolution and classified again',
};

export function SecondLook() {
  const recheck = useSharpen((state) => state.recheck);
  const { sharpen } = useStores();
  const { status, done, total, progress, problem } = recheck;
  const percent = Math.round(100 * (progress?.fraction ?? 0));
  // How many of the best proposals there are is known with the first batch.
  const words = total > 0 ? `${done} of ${total}` : 'Looking again';
  return (
    <div className={styles.look}>
      <LookMenu />
      {status === 'running' && (
        <>
          <span
            className={styles.track}
            role="progressbar"
            aria-label="Looking again"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={percent}
            aria-valuetext={total > 0 ? `${words} proposals` : words}
          >
            <span style={{ transform: `scaleX(${percent / 100})` }} />
          </span>
          <span className={styles.words}>{words}</span>
          <button
            type="button"
            className="button"
            data-quiet
            onClick={() => sharpen.getState().stopLooking()}
          >
            Stop
          </button>
        </>
      )}
      {(status === 'done' || status === 'stopped') && (
        <span className={styles.words}>
          {done} looked at again{status === 'stopped' && ', then stopped'}
        </span>
      )}
      {status === 'stopped' && (
        <button
          type="button"
          className="button"
          data-quiet
          onClick={() => sharpen.getState().lookAgain()}
        >
          Start over
        </button>
      )}
      {problem && (
        <span className={styles.problem} role="status">
          {problem}
        </span>
      )}
    </div>
  );
}

function LookMenu() {
  const { upscaling, proposals, cropFactor } = usePreferences((state) => state.secondLook);
  const { preferences } = useStores();
  const { setSecondLook } = preferences.getState();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button" aria-label={`Second look: ${NAMES[upscaling]}`}>
        <Sparkles aria-hidden />
        {NAMES[upscaling]}
        <ChevronDown aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu" align="start" sideOffset={6}>
        <DropdownMenu.RadioGroup
          aria-label="Second look"
          value={upscaling}
          onValueChange={(value) => setSecondLook({ upscaling: value as Upscaling })}
        >
          {(['super-resolution', 'bicubic', 'none'] as const).map((value) => (
            <ChoiceItem key={value} value={value} name={NAMES[value]} why={MEANINGS[value]} />
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Separator className={styles.rule} />
        <DropdownMenu.Label className={styles.label}>At most so many proposals</DropdownMenu.Label>
        <DropdownMenu.RadioGroup
          className={styles.row}
          aria-label="At most so many proposals"
          value={String(proposals)}
          onValueChange={(value) => setSecondLook({ proposals: Number(value) })}
        >
          {PROPOSAL_CHOICES.map((count) => (
            <DropdownMenu.RadioItem
              key={count}
              className={`menuItem ${styles.pill}`}
              value={String(count)}
            >
              {count}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Label className={styles.label}>Crop size</DropdownMenu.Label>
        <DropdownMenu.RadioGroup
          className={styles.row}
          aria-label="Crop size"
          value={String(cropFactor)}
          onValueChange={(value) => setSecondLook({ cropFactor: value === '2' ? 2 : 1 })}
        >
          <DropdownMenu.RadioItem className={`menuItem ${styles.pill}`} value="1">
            As trained
          </DropdownMenu.RadioItem>
          <DropdownMenu.RadioItem className={`menuItem ${styles.pill}`} value="2">
            Twice as large
          </DropdownMenu.RadioItem>
        </DropdownMenu.RadioGroup>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
