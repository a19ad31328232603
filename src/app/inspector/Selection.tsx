/** One detection: under the lens, then its class, score, place and size. */

import { ChevronLeft, ChevronRight, Columns2, Footprints, ScanSearch, X } from 'lucide-react';
import { area } from '../../core/boxes/box.ts';
import type { Detection } from '../../core/detection/types.ts';
import { formatScore, formatShare, formatSize } from '../format.ts';
import { IconButton } from '../IconButton.tsx';
import { useLoupe, useSharpen, useShown, useStores } from '../store/context.tsx';
import { Fact, Facts } from './Facts.tsx';
import styles from './Inspector.module.css';
import { Lens } from './Lens.tsx';

export function Selection({ detection, index }: { detection: Detection; index: number }) {
  const { loupe, view, sharpen } = useStores();
  const photo = useLoupe((state) => state.photo);
  const objectness = useLoupe((state) => state.result?.proposals[detection.proposal]?.objectness);
  const count = useShown().length;
  const { box, className, score } = detection;
  if (!photo) return null;

  const go = (step: number) => {
    if (count === 0) return;
    // From one that the threshold hides, to the first or the last that is shown.
    const from = Math.min(index, step > 0 ? count - 1 : count);
    const next = (from + step + count) % count;
    loupe.getState().select(next);
    const target = loupe.getState().detections[next];
    if (target) view.getState().reveal(target.box);
  };

  return (
    <>
      <div className={styles.head}>
        <span className={styles.place}>
          {index < count ? `${index + 1} of ${count}` : 'Below the threshold'}
        </span>
        <IconButton label="Previous detection" onClick={() => go(-1)}>
          <ChevronLeft aria-hidden />
        </IconButton>
        <IconButton label="Next detection" onClick={() => go(1)}>
          <ChevronRight aria-hidden />
        </IconButton>
        <IconButton label="Close the selection" onClick={() => loupe.getState().select(null)}>
          <X aria-hidden />
        </IconButton>
      </div>
      <Lens box={box} />
      <div className={styles.title}>
        <h2 className={styles.className}>{className}</h2>
        <p className={styles.score}>{formatScore(score)}</p>
      </div>
      <div className={styles.meter} aria-hidden>
        <div style={{ transform: `scaleX(${score})` }} />
      </div>
      <Facts>
        <Fact name="Size">{formatSize(box)}</Fact>
        <Fact name="Of the picture">{formatShare(box, photo.width, photo.height)}</Fact>
        <Fact name="As a square">{Math.round(Math.sqrt(area(box)))} px a side</Fact>
        <Fact name="Left, top">
          {Math.round(box[0])}, {Math.round(box[1])} px
        </Fact>
        <Fact name="Right, bottom">
          {Math.round(box[2])}, {Math.round(box[3])} px
        </Fact>
        {objectness !== undefined && <Fact name="Objectness">{formatScore(objectness)}</Fact>}
      </Facts>
      <SecondLook detection={detection} />
      <div className={styles.actions}>
        <button
          type="button"
          className="button"
          data-main
          onClick={() => sharpen.getState().viewDetection(index)}
        >
          <Columns2 aria-hidden />
          Sharpen and compare
        </button>
        <button
          type="button"
          className="button"
          onClick={() => sharpen.getState().viewDetection(index, 'inside')}
        >
          <Footprints aria-hidden />
          How it was found
        </button>
        <button type="button" className="button" onClick={() => view.getState().zoomToBox(box)}>
          <ScanSearch aria-hidden />
          Zoom to it
        </button>
      </div>
    </>
  );
}

/** What the second look changed, where there was one. */
function SecondLook({ detection }: { detection: Detection }) {
  const { secondLook, className, score } = detection;
  const decision = useSharpen((state) => state.decisions.get(detection.proposal));
  if (!secondLook || !decision) return null;
  return (
    <Facts>
      <Fact name="By the detector">{formatScore(secondLook.detector)}</Fact>
      <Fact name="By the classifier">{formatScore(secondLook.classifier)}</Fact>
      {decision.className !== className && (
        <Fact name="Its first choice">
          {decision.className} {formatScore(decision.score)}
        </Fact>
      )}
      <Fact name="Both together">{formatScore(score)}</Fact>
    </Facts>
  );
}
