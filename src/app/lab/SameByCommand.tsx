/** The line that makes the fits of the page on the command line: same boxes, same sizes, same figures. */
import { ANCHOR_SETS } from '../../core/anchors/sets.ts';
import { OWN } from '../../worker/anchorLab/protocol.ts';
import { useLab } from '../store/context.tsx';
import styles from './LabPage.module.css';
import { groundOf, type Tuning } from './tuning.ts';

export function SameByCommand() {
  const tuning = useLab((state) => state.history.present);
  const name = useLab((state) =>
    state.history.present.data === OWN ? state.own?.name : undefined,
  );
  if (name === undefined) return null;
  return (
    <p className={styles.less}>
      The same fits on the command line: <code>{commandOf(tuning, name)}</code>
    </p>
  );
}

/** @param name of the annotations */
export function commandOf(tuning: Tuning, name: string): string {
  const own = ANCHOR_SETS.paper.aspectRatios.toSorted().join();
  const areOwn = tuning.ratios.toSorted().join() === own;
  const { stride, threshold, photos } = groundOf(tuning, [tuning.data]);
  // Of several files it takes a zip.
  const one = /^\d+ files$/.test(name) ? 'annotations.zip' : name;
  const file = /^\w[\w.-]*$/.test(one) ? one : quoted(one);
  return [
    `npm run loupe -- anchors ${file} --method recall --stride ${stride} --threshold ${threshold}`,
    `--count ${tuning.sizes.length}`,
    ...(areOwn ? [] : [`--ratios ${tuning.ratios.join(',')}`]),
    ...(photos > 0 ? [`--working-size ${photos}`] : []),
  ].join(' ');
}

/** For a shell, which then takes nothing in it for its own; a leading dash is a file's, too. */
function quoted(name: string): string {
  const path = name.startsWith('-') ? `./${name}` : name;
  return `'${path.replaceAll("'", "'\\''")}'`;
}
