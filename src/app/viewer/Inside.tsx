/**
 * The way a detection went, step by step: where the RPN saw objects at all, the anchor, what its deltas
 * made of it, what NMS dropped in its favour, the crop, the scores before and after the second look,
 * and the final box. Each step is a picture and what there is to say about it in figures.
 */
import { area, type Box, boxAt, enlargeBoxes, packBoxes } from '../../core/boxes/box.ts';
import type { DetectionPath } from '../../worker/protocol.ts';
import { formatScore, formatSize, plural } from '../format.ts';
import { Fact, Facts } from '../inspector/Facts.tsx';
import { PhotoCrop } from '../PhotoCrop.tsx';
import type { Held } from '../sharpen/viewerActions.ts';
import type { View } from '../stage/geometry.ts';
import { useLoupe, useSharpen } from '../store/context.tsx';
import { type Frame, paintFrames, paintHeat } from './frames.ts';
import { Gone } from './Gone.tsx';
import styles from './Inside.module.css';
import { Crops, Decided } from './LookedAgain.tsx';
import { SIDE, Step } from './Step.tsx';

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
      <Decided scores={path.scores} held={held} />
      <Final path={path} />
    </ol>
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
