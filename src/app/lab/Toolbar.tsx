/** Undo, redo, reset, the link; and the data that everything is held against. */
import { FolderOpen, Link2, Redo2, RotateCcw, Undo2 } from 'lucide-react';
import { useEffect } from 'react';
import { OWN, PHOTO } from '../../worker/anchorLab/protocol.ts';
import { FileButton } from '../FileButton.tsx';
import { IconButton } from '../IconButton.tsx';
import { openAnnotations } from '../openFiles.ts';
import { OneOfFew } from '../results/Pickers.tsx';
import { useLab, useStores } from '../store/context.tsx';
import { addressOf } from '../store/pages.ts';
import { Tip } from '../Tip.tsx';
import { partsInSight } from './drawn.ts';
import { canRedo, canUndo } from './history.ts';
import styles from './LabPage.module.css';
import { dataNames } from './labStore.ts';
import { groundOf, hasPixels, INITIAL, writeTuning } from './tuning.ts';
import { useCopy } from './useCopy.ts';

export function Toolbar() {
  const { lab } = useStores();
  const hasPast = useLab(({ history, openPhoto }) => canUndo(history, partsInSight(openPhoto)));
  const hasFuture = useLab(({ history, openPhoto }) => canRedo(history, partsInSight(openPhoto)));
  const { undo, redo, change } = lab.getState();
  const { copied, copy } = useCopy();
  useUndoKeys();
  return (
    <div className={styles.tools}>
      <Tip text="Undo" keys="Ctrl Z">
        <IconButton label="Undo" disabled={!hasPast} onClick={undo}>
          <Undo2 aria-hidden />
        </IconButton>
      </Tip>
      <Tip text="Redo" keys="Ctrl Shift Z">
        <IconButton label="Redo" disabled={!hasFuture} onClick={redo}>
          <Redo2 aria-hidden />
        </IconButton>
      </Tip>
      <button
        type="button"
        className="button"
        onClick={() => {
          const { data, drawn } = lab.getState().history.present;
          change({ ...INITIAL, data, drawn });
        }}
      >
        <RotateCcw aria-hidden />
        Reset
      </button>
      <button
        type="button"
        className="button"
        onClick={() => {
          const url = new URL(location.href);
          url.hash = addressOf('anchors', writeTuning(lab.getState().history.present));
          copy(url.href, 'The link is copied.');
        }}
      >
        <Link2 aria-hidden />
        {copied ? 'Copied' : 'Copy link'}
      </button>
    </div>
  );
}

/** Ctrl+Z and Ctrl+Shift+Z (or Ctrl+Y), except where text is typed: there they are the field's own. */
function useUndoKeys() {
  const { lab } = useStores();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const isTyping = event.target instanceof HTMLInputElement && event.target.type === 'number';
      const key = event.key.toLowerCase();
      if (isTyping || (key !== 'z' && key !== 'y')) return;
      event.preventDefault();
      const { undo, redo } = lab.getState();
      if (key === 'y' || event.shiftKey) redo();
      else undo();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [lab]);
}

export function DataPicker() {
  const { lab } = useStores();
  const builtIn = useLab((state) => state.builtIn);
  const own = useLab((state) => state.own);
  const photo = useLab((state) => state.photo);
  const opening = useLab((state) => state.opening);
  const asked = useLab((state) => state.history.present.data);
  const names = dataNames({ builtIn, own, photo });
  const { data } = groundOf({ ...INITIAL, data: asked }, names);
  const titles: Record<string, string | undefined> = {
    [OWN]: own?.name,
    [PHOTO]: 'The open photo',
  };
  const facts = { [OWN]: own, [PHOTO]: photo }[data] ?? builtIn.find(({ name }) => name === data);
  const isMissing = names.length > 0 && !names.includes(asked);
  return (
    <div className={styles.data}>
      <div className={styles.dataRow}>
        <OneOfFew
          name="Data"
          choices={names.map((name) => ({ value: name, title: titles[name] ?? name }))}
          value={data}
          onPick={(value) =>
            lab.getState().change({ ...lab.getState().history.present, data: value })
          }
        />
        <FileButton
          accept=".json,.xml,.txt,.zip,image/*"
          multiple
          onFiles={(files) => openAnnotations(lab, files)}
        >
          <FolderOpen aria-hidden />
          Open annotations
        </FileButton>
        {opening && (
          <div className={styles.opening}>
            <progress aria-label="Opening annotations" max={1} value={opening.fraction} />
            <span>
              {opening.message}, {Math.round(100 * opening.fraction)} %
            </span>
          </div>
        )}
      </div>
      <p className={styles.facts}>
        {isMissing && `${missingWords(asked)} Shown are those of ${titles[data] ?? data}. `}
        {facts &&
          `${many(facts.objects, 'object')} in ${many(facts.pictures, 'photo')}${facts.skipped && `; ${facts.skipped}`}. `}
        {!hasPixels(data) &&
          'Built in are the sizes of the training objects, without their places, which are spread evenly.'}
      </p>
    </div>
  );
}

/** What is to be said where a link names data that are not here. */
export function missingWords(asked: string): string {
  if (asked === PHOTO) {
    return 'The figures are to be those of a photo’s objects; open one below, and draw them or take what was found.';
  }
  if (asked === OWN) {
    return 'This link was made with data of its own, which stay on the machine they are on; open them here to see the same.';
  }
  return `This link names data called “${asked}”, which this browser does not have.`;
}

/** `1 photo`, `1,133 photos`. */
const many = (count: number, noun: string) =>
  `${count.toLocaleString('en')} ${count === 1 ? noun : `${noun}s`}`;
