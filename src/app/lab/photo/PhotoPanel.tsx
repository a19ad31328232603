/**
 * The anchors on the photo that is open: what a trained head proposes with them, live, and how much of
 * what is in the photo that reaches.
 */
import { Crosshair, Eraser, ImageUp, ListPlus } from 'lucide-react';
import { useEffect } from 'react';
import { plural } from '../../format.ts';
import { ExamplesMenu } from '../../header/ExamplesMenu.tsx';
import { OpenButton } from '../../OpenButton.tsx';
import { useLab, useLoupe, usePhotoLab, useSharpen, useStores } from '../../store/context.tsx';
import { RunProgress } from '../../strip/RunProgress.tsx';
import { HeadPicker } from './HeadPicker.tsx';
import { addBox, PhotoDrawing } from './PhotoDrawing.tsx';
import { PhotoFigures } from './PhotoFigures.tsx';
import styles from './PhotoPanel.module.css';
import { useIsWaiting } from './useIsWaiting.ts';

export function PhotoPanel() {
  const { photoLab } = useStores();
  const photo = useLoupe((state) => state.photo);
  const run = useLoupe((state) => state.run);
  const opening = useLoupe((state) => state.opening);
  useEffect(() => photoLab.getState().start(), [photoLab]);
  const isKnown = usePhotoLab((state) => state.key !== null);
  const isBusy = opening !== null || run === 'running';
  return (
    <section className={styles.panel} aria-labelledby="on-the-photo">
      <div className={styles.head}>
        <h3 id="on-the-photo">On your photo</h3>
        {photo && <span className={styles.name}>{photo.name}</span>}
        <div className={styles.ways}>
          <OpenButton>
            <ImageUp aria-hidden />
            {photo ? 'Another photo' : 'Open a photo'}
          </OpenButton>
          <ExamplesMenu />
        </div>
      </div>
      {!photo && !isBusy && (
        <p className={styles.less}>
          Open one to see these anchors on it, and what a trained head proposes with them, while the
          sizes move. It stays on your machine.
        </p>
      )}
      {isBusy && (
        <div className={styles.run}>
          <RunProgress />
        </div>
      )}
      {photo && (
        <>
          <HeadPicker />
          <PhotoFigures />
          {/* Another one is about to take its place: what is drawn now would be lost. */}
          <div inert={opening !== null}>{isKnown && <PhotoDrawing photo={photo} />}</div>
          <Objects />
        </>
      )}
    </section>
  );
}

/** What the photo's objects are, and what can be done about that. */
function Objects() {
  const { photoLab, loupe } = useStores();
  const { boxes, areDrawn } = usePhotoLab((state) => state.objects);
  const photo = useLoupe((state) => state.photo);
  const problem = usePhotoLab((state) => state.problem);
  const sizes = useLab((state) => state.history.present.sizes);
  const isWaiting = useIsWaiting();
  const hasLooked = useLoupe((state) => state.result !== null);
  const isLookingAgain = useSharpen((state) => state.recheck.status === 'running');
  const found = isWaiting
    ? 'The detector is still looking at the photo. What it finds comes when it is done; you can draw objects now.'
    : !hasLooked
      ? 'The detector has not looked at this photo, so no objects are known. Look at it again, or draw them.'
      : `${plural(boxes.length, 'object')}, as the detector found them: some are wrong, some are missing. Draw your own for figures that mean something.`;
  const what = areDrawn ? `${plural(boxes.length, 'object')} drawn by you.` : found;
  return (
    <>
      {problem !== null && (
        <p className={styles.problem} role="status">
          {problem}
          <button type="button" className="button" onClick={() => photoLab.getState().askAgain()}>
            Try again
          </button>
          <button type="button" className="button" onClick={() => loupe.getState().detectAgain()}>
            Look at the photo again
          </button>
        </p>
      )}
      <div className={styles.objects}>
        <p className={styles.less} aria-live="polite">
          {what}
          {isLookingAgain &&
            !areDrawn &&
            ' The best of them are being looked at again, sharpened: these figures may still change.'}
        </p>
        <div className={styles.ways}>
          <button
            type="button"
            className="button"
            disabled={!photo}
            onClick={() => photo && addBox(photoLab, photo, sizes)}
          >
            <Crosshair aria-hidden />
            Add a box
          </button>
          {!areDrawn && boxes.length > 0 && (
            <button
              type="button"
              className="button"
              onClick={() => photoLab.getState().draw(boxes)}
            >
              <ListPlus aria-hidden />
              Edit the found ones
            </button>
          )}
          {!hasLooked && !isWaiting && problem === null && (
            <button type="button" className="button" onClick={() => loupe.getState().detectAgain()}>
              Look at the photo again
            </button>
          )}
          {areDrawn && (
            <button type="button" className="button" onClick={() => photoLab.getState().draw([])}>
              <Eraser aria-hidden />
              Remove all boxes
            </button>
          )}
        </div>
      </div>
    </>
  );
}
