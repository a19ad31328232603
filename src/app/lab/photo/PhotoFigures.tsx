/** How much of what is in the photo has an anchor, and is reached by the first proposals. */
import { useId, useMemo } from 'react';
import { percent } from '../../../core/results/percent.ts';
import { LiveRegion } from '../../Announcer.tsx';
import { RangeInput } from '../../RangeInput.tsx';
import { useLab, useLoupe, usePhotoLab, usePreferences, useStores } from '../../store/context.tsx';
import { FigureList } from '../KeyFigures.tsx';
import lab from '../LabPage.module.css';
import { MODEL_HEAD } from '../tuning.ts';
import { bestAnchorIous, bestProposalIous, countFrom, meanOf } from './figures.ts';
import styles from './PhotoPanel.module.css';

/** As many as the network keeps. */
const MOST = 300;

export function PhotoFigures() {
  const objects = usePhotoLab((state) => state.objects.boxes);
  const seen = usePhotoLab((state) => state.seen);
  const limit = usePhotoLab((state) => state.limit);
  const photo = useLoupe((state) => state.photo);
  const threshold = useLab((state) => state.history.present.threshold);
  const photos = useLab((state) => state.history.present.photos);
  const sizes = useLab((state) => state.history.present.sizes);
  const aspectRatios = useLab((state) => state.history.present.ratios);
  const anchored = useMemo(
    () => (photo && seen ? bestAnchorIous(objects, photo, seen, { sizes, aspectRatios }) : []),
    [photo, seen, objects, sizes, aspectRatios],
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
  const share = (values: readonly number[]) =>
    seen && all > 0 ? `${countFrom(values, threshold)} of ${all}` : '–';
  const mean = (values: readonly number[]) =>
    seen && all > 0 ? `${percent(meanOf(values))} %` : '–';
  const figures = [
    ['Reached by a proposal', share(reached)],
    ['With the anchors it was trained for', share(asTrained)],
    ['Mean IoU of the best proposal', mean(reached)],
    ['Objects that have an anchor', share(anchored)],
  ] as const;
  const sawAt = seen && Math.max(seen.width, seen.height);
  return (
    <>
      <FigureList figures={figures} data-photo-figures />
      <Limit />
      {seen && sawAt !== photos && <OtherSize sawAt={sawAt ?? 0} photos={photos} />}
      <LiveRegion
        text={seen && all > 0 ? `${share(reached)} objects reached by a proposal.` : ''}
      />
    </>
  );
}

/** Sizes are pixels of what the network saw, and that may be more than the figures below are for. */
function OtherSize({ sawAt, photos }: { sawAt: number; photos: number }) {
  const { preferences } = useStores();
  const isTable = useLab((state) => state.history.present.head !== MODEL_HEAD);
  const isFine = usePreferences((state) => state.quality === 'fine');
  return (
    <p className={styles.less}>
      The network saw this photo at {sawAt} px, and that is what sizes mean on it
      {photos > 0 ? `; for the data below they mean ${photos} px` : ''}.
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
