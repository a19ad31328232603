/**
 * The way a detection went, step by step: where the RPN saw objects at all, the anchor, what its deltas
 * made of it, what NMS dropped in its favour, the crop, the scores before and after the second look,
 * and the final box. Each step is a picture and what there is to say about it in figures.
 */
import type { ReactNode } from 'react';
import { area, type Box, boxAt, enlargeBoxes, packBoxes } from '../../core/boxes/box.ts';
import type { ClassScore, DetectionPath } from '../../worker/protocol.ts';
import { formatScore, formatSize, plural } from '../format.ts';
import { Fact, Facts } from '../inspector/Facts.tsx';
import { PhotoCrop } from '../PhotoCrop.tsx';
import { changeOf } from '../sharpen/sharpenStore.ts';
import type { Held } from '../sharpen/viewerActions.ts';
import type { View } from '../stage/geometry.ts';
import { useLoupe, useSharpen } from '../store/context.tsx';
import { CropPicture } from './CropPicture.tsx';
import { type Frame, paintFrames, paintHeat } from './frames.ts';
import { Gone } from './Gone.tsx';
import styles from './Inside.module.css';

/** Pictures of the steps are squares of so many CSS pixels. */
const SIDE = 220;
/** What was dropped is listed up to here. */
const MOST_LISTED = 5;

export function Inside({ held }: { held: Held }) {
  const path = useSharpen((state) => state.path);
  const problem = useSharpen((state) => state.pathProblem);
  if (problem) return <p className={styles.problem}>{problem}</p>;
  if (!path) return <p className={styles.problem}>Going back over the run…</p>;
  return (
    <ol className={styles.steps}>
      <Heat path={path} box={held.box} />
      <Anchor path={path} />
      <Moved path={path} />
      <Dropped path={path} />
      <Crops />
      <Decided path={path} held={held} />
      <Final path={path} />
    </ol>
  );
}

function Step({
  title,
  picture,
  children,
}: {
  title: string;
  picture: ReactNode;
  children: ReactNode;
}) {
  return (
    <li className={styles.step}>
      <div className={styles.picture}>{picture}</div>
      <div className={styles.words}>
        <h3>{title}</h3>
        {children}
      </div>
    </li>
  );
}

/** The photo around the boxes of a path, the same for all of its steps, with some of them drawn. */
function Around({ path, frames }: { path: DetectionPath; frames: readonly Frame[] }) {
  return (
    <PhotoCrop
      box={surroundings(path)}
      side={SIDE}
      share={1}
      overlay={(context: CanvasRenderingContext2D, view: View) =>
        paintFrames(context, view, frames)
      }
    />
  );
}

function Heat({ path, box }: { path: DetectionPath; box: Box }) {
  const photo = useLoupe((state) => state.photo);
  const { map, workingSize, pass, passes, objectness } = path;
  if (!photo) return null;
  const picture = (
    <PhotoCrop
      box={[0, 0, photo.width, photo.height]}
      side={SIDE}
      share={1}
      overlay={(context, view) => {
        paintHeat(context, view, map);
        paintFrames(context, view, [{ box, manner: 'after' }]);
      }}
    />
  );
  return (
    <Step title="Where there might be objects" picture={picture}>
      <p>
        The region proposal network looks at {map.columns} × {map.rows} cells of the photo, shrunk
        or enlarged to {workingSize} px{passes > 1 && ` (look ${pass + 1} of ${passes})`}. Cells are
        the more yellow, the more one of their anchors seems to cover an object; dark ones are the
        lower half.
      </p>
      <Facts>
        <Fact name="Objectness here">{formatScore(objectness)}</Fact>
        <Fact name="Highest in the photo">
          {formatScore(map.values.reduce((high, value) => Math.max(high, value), 0))}
        </Fact>
      </Facts>
    </Step>
  );
}

function Anchor({ path }: { path: DetectionPath }) {
  const { anchor, anchorSize } = path;
  return (
    <Step
      title="The anchor"
      picture={<Around path={path} frames={[{ box: anchor, manner: 'before' }]} />}
    >
      <p>The box that was laid over this cell before anything had been seen.</p>
      <Facts>
        <Fact name="In the photo">{formatSize(anchor)}</Fact>
        <Fact name="For the network">{formatSize([0, 0, ...anchorSize])}</Fact>
      </Facts>
    </Step>
  );
}

function Moved({ path }: { path: DetectionPath }) {
  const { anchor, proposal, deltas, rank, proposals } = path;
  const frames: Frame[] = [
    { box: anchor, manner: 'before' },
    { box: proposal, manner: 'after' },
  ];
  const [dx = 0, dy = 0, dw = 0, dh = 0] = deltas;
  return (
    <Step title="Moved to be a proposal" picture={<Around path={path} frames={frames} />}>
      <p>
        Four deltas shift the anchor and change its size, clipped to the photo. It is proposal{' '}
        {rank + 1} of {proposals}.
      </p>
      <Facts>
        <Fact name="Shifted by">
          {signed(dx * 100)} % of its width, {signed(dy * 100)} % of its height
        </Fact>
        <Fact name="Stretched to">
          × {Math.exp(dw).toFixed(2)}, × {Math.exp(dh).toFixed(2)}
        </Fact>
        <Fact name="Proposal">{formatSize(proposal)}</Fact>
      </Facts>
    </Step>
  );
}

function Dropped({ path }: { path: DetectionPath }) {
  const { proposal, suppressedProposals: gone } = path;
  const frames: Frame[] = [
    ...gone.map(({ box }): Frame => ({ box, manner: 'gone' })),
    { box: proposal, manner: 'after' },
  ];
  return (
    <Step title="The best of its neighbours" picture={<Around path={path} frames={frames} />}>
      <p>
        {gone.length === 0
          ? 'No other proposal overlapped it enough to be the same object.'
          : `Non-maximum suppression kept it and dropped ${plural(gone.length, 'proposal')} with lower objectness that overlapped it by half or more.`}
      </p>
      <Gone list={gone} what="Objectness" />
    </Step>
  );
}

function Crops() {
  const verdicts = useSharpen((state) => state.verdicts);
  const problem = useSharpen((state) => state.verdictProblem);
  const { bicubic, 'super-resolution': sharpened } = verdicts;
  const picture = (
    <>
      <CropPicture crop={bicubic?.crop} side={SIDE / 2 - 4} name="Bicubic" />
      <CropPicture crop={sharpened?.crop} side={SIDE / 2 - 4} name="Super-resolved" />
    </>
  );
  return (
    <Step title="Cut out and sharpened" picture={picture}>
      <p>
        {problem ??
          'The proposal is cut out of the original photo with what is around it, enlarged, and sharpened: this is what the classifier sees.'}
      </p>
      {bicubic && (
        <Facts>
          <Fact name="Enlarged">{bicubic.enlargement.toFixed(1)} times</Fact>
          <Fact name="Crop">
            {bicubic.crop.width} × {bicubic.crop.height} px
          </Fact>
        </Facts>
      )}
    </Step>
  );
}

function Decided({ path, held }: { path: DetectionPath; held: Held }) {
  const verdicts = useSharpen((state) => state.verdicts);
  const before = useSharpen((state) => state.before);
  const decisions = useSharpen((state) => state.decisions);
  const detection = useLoupe(({ detections }) =>
    detections.find(
      ({ proposal, label }) =>
        proposal === held.detection?.proposal && label === held.detection.label,
    ),
  );
  const change = detection && changeOf({ before, decisions }, detection);
  const after = verdicts['super-resolution']?.scores;
  return (
    <Step
      title="Scores before and after"
      picture={
        <div className={styles.columns}>
          <Best title="Detector" scores={path.scores} />
          {after && <Best title="Classifier" scores={after} />}
        </div>
      }
    >
      <p>
        {change
          ? `The second look took the score from ${formatScore(change.from)} to ${formatScore(change.to)}.`
          : 'This proposal was not looked at again: the detector’s score stands.'}
      </p>
    </Step>
  );
}

function Best({ title, scores }: { title: string; scores: readonly ClassScore[] }) {
  return (
    <table className={styles.best}>
      <caption>{title}</caption>
      <tbody>
        {scores.slice(0, MOST_LISTED).map(({ className, score }) => (
          <tr key={className}>
            <th scope="row">{className}</th>
            <td>{formatScore(score)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Final({ path }: { path: DetectionPath }) {
  const { proposal, box, suppressedBoxes: gone } = path;
  const frames: Frame[] = [
    ...gone.map((one): Frame => ({ box: one.box, manner: 'gone' })),
    { box: proposal, manner: 'before' },
    { box, manner: 'after' },
  ];
  return (
    <Step title="The final box" picture={<Around path={path} frames={frames} />}>
      <p>
        The class refines the proposal once more.{' '}
        {gone.length > 0 && `Others of the same class gave way to it: ${gone.length}.`}
      </p>
      <Facts>
        <Fact name="Size">{formatSize(box)}</Fact>
        <Fact name="Area against the proposal">× {(area(box) / area(proposal)).toFixed(2)}</Fact>
      </Facts>
      <Gone list={gone} what="Score" />
    </Step>
  );
}

/** A box with room for all that the steps draw. */
function surroundings({ anchor, proposal, box }: DetectionPath): Box {
  const all = [anchor, proposal, box];
  const union: Box = [
    Math.min(...all.map(([x1]) => x1)),
    Math.min(...all.map(([, y1]) => y1)),
    Math.max(...all.map(([, , x2]) => x2)),
    Math.max(...all.map(([, , , y2]) => y2)),
  ];
  return boxAt(enlargeBoxes(packBoxes([union]), 1.6), 0);
}

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(0)}`;
