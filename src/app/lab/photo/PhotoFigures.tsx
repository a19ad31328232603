/**
 * How much of what is in the photo has an anchor, and is reached by the first proposals. Whether an
 * object has an anchor is asked as everywhere on this page, at its stride and long side; where the head
 * looked with others, that is said, with the figure for its own grid.
 */
import { useId, useMemo } from 'react';
import { percent } from '../../../core/results/percent.ts';
import { LiveRegion } from '../../Announcer.tsx';
import { RangeInput } from '../../RangeInput.tsx';
import { useLab, useLoupe, usePhotoLab, usePreferences, useStores } from '../../store/context.tsx';
import { FigureList } from '../KeyFigures.tsx';
import lab from '../LabPage.module.css';
import { groundOf, MODEL_HEAD } from '../tuning.ts';
import {
  bestAnchorIous,
  bestProposalIous,
  countFrom,
  type Grid,
  gridOf,
  isSameGrid,
  meanOf,
} from './figures.ts';
import styles from './PhotoPanel.module.css';
import { useIsWaiting } from './useIsWaiting.ts';

/** As many as the network keeps. */
const MOST = 300;

export function PhotoFigures() {
  const objects = usePhotoLab((state) => state.objects.boxes);
  const seen = usePhotoLab((state) => state.seen);
  const isWaiting = useIsWaiting();
  const limit = usePhotoLab((state) => state.limit);
  const photo = useLoupe((state) => state.photo);
  const threshold = useLab((state) => state.history.present.threshold);
  const stride = useLab((state) => state.history.present.stride);
  const photos = useLab(({ history: { present } }) => groundOf(present, [present.data]).photos);
  const sizes = useLab((state) => state.history.present.sizes);
  const aspectRatios = useLab((state) => state.history.present.ratios);
  const anchored = useMemo(
    () =>
      photo ? bestAnchorIous(objects, photo, { stride, photos }, { sizes, aspectRatios }) : [],
    [photo, stride, photos, objects, sizes, aspectRatios],
  );
  const isOther = photo && seen && !isSameGrid(gridOf(seen), { stride, photos }, photo);
  const onItsGrid = useMemo(
    () => (isOther ? bestAnchorIous(objects, photo, gridOf(seen), { sizes, aspectRatios }) : []),
    [isOther, photo, seen, objects, sizes, aspectRatios],
  );
  const reached = useMemo(
    () => (seen ? bestProposalIous(objects, seen.tuned, limit) : []),
    [seen, objects, limit],
  );
  const asTrained = useMemo(
    () => (seen ? bestProposalIous(objects, seen.asTrained, limit) : []),
    [seen, objects, limit],
  );
  const all = objects.length;
  const none = isWaiting ? '…' : '–';
  const counted = (values: readonly number[]) => `${countFrom(values, threshold)} of ${all}`;
  const share = (values: readonly number[]) => (seen && all > 0 ? counted(values) : none);
  const mean = (values: readonly number[]) =>
    seen && all > 0 ? `${percent(meanOf(values))} %` : none;
  const figures = [
    ['Reached by a proposal', share(reached)],
    ['With the anchors it was trained for', share(asTrained)],
    ['Mean IoU of the best proposal', mean(reached)],
    ['Objects that have an anchor', all > 0 ? counted(anchored) : none],
  ] as const;
  return (
    <>
      <FigureList figures={figures} data-photo-figures />
      <Limit />
      {isOther && (
        <OtherGrid
          head={gridOf(seen)}
          page={{ stride, photos }}
          anchored={all > 0 ? counted(onItsGrid) : null}
        />
      )}
      <LiveRegion
        text={seen && all > 0 ? `${share(reached)} objects reached by a proposal.` : ''}
      />
    </>
  );
}

interface GridProps {
  readonly head: Grid;
  readonly page: Grid;
  /** objects that have an anchor on the head's grid, in words */
  readonly anchored: string | null;
}

/** What the network saw is not what the figures of this page are for. */
function OtherGrid({ head, page, anchored }: GridProps) {
  const { preferences } = useStores();
  const isTable = useLab((state) => state.history.present.head !== MODEL_HEAD);
  const isFine = usePreferences((state) => state.quality === 'fine');
  return (
    <p className={styles.less}>
      “Have an anchor” is counted as on the rest of this page, at stride {page.stride} px on{' '}
      {page.photos > 0 ? `photos of ${page.photos} px` : 'photos of their own size'}; the head’s
      anchors and proposals stand every {head.stride} px on the photo at {head.photos} px
      {anchored && `, which makes it ${anchored}`}.
      {isTable && isFine && ' The heads of Table I learned at 640 px, which is how Fast looks. '}
      {isTable && isFine && (
        <button
          type="button"
          className={`button ${styles.inline}`}
          onClick={() => preferences.getState().setQuality('fast')}
        >
          Look with Fast
        </button>
      )}
    </p>
  );
}

function Limit() {
  const { photoLab } = useStores();
  const limit = usePhotoLab((state) => state.limit);
  const id = useId();
  return (
    <div className={`${lab.threshold} ${styles.limit}`}>
      <label htmlFor={id}>Proposals</label>
      <RangeInput
        id={id}
        min={1}
        max={MOST}
        value={limit}
        aria-valuetext={`the best ${limit}`}
        onChange={(event) => photoLab.getState().setLimit(Number(event.target.value))}
      />
      <output htmlFor={id}>{limit}</output>
    </div>
  );
}
