/**
 * The second look: how it goes, how to stop it, and a menu of what it is to be. While it runs the
 * detections are there already; it only makes their scores better.
 */
import { ChevronDown, Sparkles } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type RefObject, useLayoutEffect, useRef } from 'react';
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

/** The figures are often set one after the other: the menu waits for the last. */
const stay = (event: Event) => event.preventDefault();

export function SecondLook() {
  const recheck = useSharpen((state) => state.recheck);
  const menu = useRef<HTMLButtonElement>(null);
  const { status, done, total, progress, problem } = recheck;
  const percent = Math.round(100 * (progress?.fraction ?? 0));
  // How many of the best proposals there are is known with the first batch.
  const words = total > 0 ? `${done} of ${total}` : 'Looking again';
  return (
    <div className={styles.look}>
      <LookMenu trigger={menu} />
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
        </>
      )}
      {status === 'done' && <span className={styles.words}>{done} looked at again</span>}
      {status === 'stopped' && <span className={styles.words}>Stopped after {done}</span>}
      {(status === 'running' || status === 'stopped') && (
        <StopButton running={status === 'running'} menu={menu} />
      )}
      {problem && (
        <span className={styles.problem} role="status">
          {problem}
        </span>
      )}
    </div>
  );
}

interface StopProps {
  readonly running: boolean;
  /** where the focus goes when there is nothing to stop any more */
  readonly menu: RefObject<HTMLButtonElement | null>;
}

/** One button for both, so that it keeps the focus of whoever pressed it. */
function StopButton({ running, menu }: StopProps) {
  const { sharpen } = useStores();
  const { stopLooking, lookAgain } = sharpen.getState();
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const own = button.current;
    const next = menu.current;
    return () => {
      if (document.activeElement === own) next?.focus({ preventScroll: true });
    };
  }, [menu]);
  return (
    <button
      ref={button}
      type="button"
      className="button"
      data-quiet
      onClick={running ? stopLooking : lookAgain}
    >
      {running ? 'Stop' : 'Start over'}
    </button>
  );
}

function LookMenu({ trigger }: { trigger: RefObject<HTMLButtonElement | null> }) {
  const { upscaling, proposals, cropFactor } = usePreferences((state) => state.secondLook);
  const { preferences } = useStores();
  const { setSecondLook } = preferences.getState();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        ref={trigger}
        className="button"
        aria-label={`Second look: ${NAMES[upscaling]}`}
      >
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
        <DropdownMenu.Label className={styles.label}>Proposals at most</DropdownMenu.Label>
        <DropdownMenu.RadioGroup
          className={styles.row}
          aria-label="Proposals at most"
          value={String(proposals)}
          onValueChange={(value) => setSecondLook({ proposals: Number(value) })}
        >
          {PROPOSAL_CHOICES.map((count) => (
            <DropdownMenu.RadioItem
              key={count}
              className={`menuItem ${styles.pill}`}
              value={String(count)}
              onSelect={stay}
            >
              {count}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Label className={styles.label}>Pixels of a crop</DropdownMenu.Label>
        <DropdownMenu.RadioGroup
          className={styles.row}
          aria-label="Pixels of a crop"
          value={String(cropFactor)}
          onValueChange={(value) => setSecondLook({ cropFactor: value === '2' ? 2 : 1 })}
        >
          <DropdownMenu.RadioItem className={`menuItem ${styles.pill}`} value="1" onSelect={stay}>
            As trained
          </DropdownMenu.RadioItem>
          <DropdownMenu.RadioItem className={`menuItem ${styles.pill}`} value="2" onSelect={stay}>
            Twice the side
          </DropdownMenu.RadioItem>
        </DropdownMenu.RadioGroup>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
