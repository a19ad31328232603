/**
 * The two steps of the second look in the way of a detection: what the classifier saw, by the kind of
 * enlargement and the size of crop that the visitor has chosen, and what it made of the score. Where
 * this proposal was not looked at again, they say so and show what the classifier would see.
 */
import type { ClassScore, HeadKind, Upscaling, Verdict } from '../../worker/protocol.ts';
import { formatEnlargement, formatScore } from '../format.ts';
import { Fact, Facts } from '../inspector/Facts.tsx';
import { changeOf } from '../sharpen/sharpenStore.ts';
import type { Held } from '../sharpen/viewerActions.ts';
import { useHeldDetection, usePreferences, useSharpen } from '../store/context.tsx';
import { CropPicture } from './CropPicture.tsx';
import styles from './Inside.module.css';
import { SIDE, Step } from './Step.tsx';

/** The likeliest classes are listed up to here. */
const MOST_LISTED = 5;

/** The kind of enlargement of the visitor's second look; what it would be by itself, where there is none. */
const kindOf = (upscaling: Upscaling): HeadKind =>
  upscaling === 'none' ? 'super-resolution' : upscaling;

function useVerdict(): { readonly upscaling: Upscaling; readonly verdict: Verdict | undefined } {
  const upscaling = usePreferences((state) => state.secondLook.upscaling);
  const verdict = useSharpen((state) => state.verdicts[kindOf(upscaling)]);
  return { upscaling, verdict };
}

export function Crops() {
  const { upscaling, verdict } = useVerdict();
  const bicubic = useSharpen((state) => state.verdicts.bicubic);
  const problem = useSharpen((state) => state.verdictProblem);
  const isPair = kindOf(upscaling) === 'super-resolution' && verdict?.sharpened !== false;
  const side = SIDE / 2 - 4;
  const picture = isPair ? (
    <>
      <CropPicture crop={bicubic?.crop} side={side} name="Bicubic" />
      <CropPicture crop={verdict?.crop} side={side} name="Super-resolved" />
    </>
  ) : (
    <CropPicture crop={verdict?.crop} side={SIDE} name="Bicubic" />
  );
  return (
    <Step title={isPair ? 'Cut out and sharpened' : 'Cut out and resampled'} picture={picture}>
      <p>{problem ?? whatIsSeen(upscaling, verdict)}</p>
      {verdict && (
        <Facts>
          <Fact name="The photo is">{formatEnlargement(verdict.enlargement)}</Fact>
          <Fact name="Crop">
            {verdict.crop.width} × {verdict.crop.height} px
          </Fact>
        </Facts>
      )}
    </Step>
  );
}

function whatIsSeen(upscaling: Upscaling, verdict: Verdict | undefined): string {
  const cut = 'The proposal is cut out of the original photo with what is around it';
  if (upscaling === 'none') {
    return `${cut}. There was no second look; this is what the classifier would see.`;
  }
  if (upscaling === 'bicubic') {
    return `${cut} and resampled by bicubic interpolation: this is what the classifier sees.`;
  }
  if (verdict?.sharpened === false) {
    return `${cut}. It is large enough as it is: super-resolution sharpens what is enlarged at least twice, so the classifier sees it resampled by bicubic interpolation alone.`;
  }
  return `${cut}, enlarged, and sharpened: this is what the classifier sees.`;
}

export function Decided({ scores, held }: { scores: readonly ClassScore[]; held: Held }) {
  const { verdict } = useVerdict();
  const detection = useHeldDetection(held);
  const change = detection && changeOf(detection);
  return (
    <Step
      title="Scores before and after"
      picture={
        <div className={styles.columns}>
          <Best title="Detector" scores={scores} />
          {change && verdict && <Best title="Classifier" scores={verdict.scores} />}
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
