/**
 * What the classifier says of the two enlargements: the decision of each, and the scores of the
 * likeliest classes as pairs of bars.
 */
import type { ClassScore, HeadKind, Verdict } from '../../worker/protocol.ts';
import { formatEnlargement, formatScore } from '../format.ts';
import { useSharpen } from '../store/context.tsx';
import styles from './Scores.module.css';

const KINDS: readonly HeadKind[] = ['bicubic', 'super-resolution'];
const TITLES: Readonly<Record<HeadKind, string>> = {
  bicubic: 'Bicubic',
  'super-resolution': 'Super-resolved',
};
/** Classes that neither thinks likely say nothing: a few rows, and none that would read 0.00 twice. */
const MOST_ROWS = 6;
const LEAST_SCORE = 0.005;

export function Scores() {
  const verdicts = useSharpen((state) => state.verdicts);
  const problem = useSharpen((state) => state.verdictProblem);
  const rows = likeliest(Object.values(verdicts));
  return (
    <section className={styles.scores} aria-label="What the classifier says">
      <h3>What the classifier says</h3>
      {problem ? (
        <p role="status">{problem}</p>
      ) : (
        <>
          <dl className={styles.decisions}>
            {KINDS.map((kind) => (
              <div key={kind} data-kind={kind}>
                <dt>{TITLES[kind]}</dt>
                <dd>
                  <Decision verdict={verdicts[kind]} />
                </dd>
              </div>
            ))}
          </dl>
          {rows.length > 0 && (
            <table className={styles.table}>
              <thead className="hidden">
                <tr>
                  <th scope="col">Class</th>
                  {KINDS.map((kind) => (
                    <th key={kind} scope="col">
                      {TITLES[kind]}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((className) => (
                  <tr key={className}>
                    <th scope="row">{className}</th>
                    {KINDS.map((kind) => (
                      <td key={kind} data-kind={kind}>
                        <Bar score={scoreOf(verdicts[kind], className)} />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {verdicts['super-resolution'] && (
            <p className={styles.note}>
              The classifier sees its own square crop,{' '}
              {formatEnlargement(verdicts['super-resolution'].enlargement)}.{' '}
              {!verdicts['super-resolution'].sharpened &&
                'Super-resolution sharpens what is enlarged at least twice: both see the same pixels. '}
              Each kind of enlargement has a head that was trained on it.
            </p>
          )}
        </>
      )}
    </section>
  );
}

function Decision({ verdict }: { verdict: Verdict | undefined }) {
  const first = verdict?.scores[0];
  if (!first) return <span className={styles.waiting}>…</span>;
  return (
    <>
      <strong>{first.className}</strong> {formatScore(first.score)}
    </>
  );
}

function Bar({ score }: { score: number | undefined }) {
  if (score === undefined) return <span className={styles.waiting}>…</span>;
  return (
    <span className={styles.pair}>
      <span className={styles.track} aria-hidden>
        <span style={{ transform: `scaleX(${score})` }} />
      </span>
      {formatScore(score)}
    </span>
  );
}

const scoreOf = (verdict: Verdict | undefined, className: string) =>
  verdict?.scores.find((one) => one.className === className)?.score;

/** The classes that either thinks likeliest, best first. */
function likeliest(verdicts: readonly (Verdict | undefined)[]): string[] {
  const best = new Map<string, number>();
  for (const { className, score } of verdicts.flatMap(
    (one): readonly ClassScore[] => one?.scores ?? [],
  )) {
    best.set(className, Math.max(score, best.get(className) ?? 0));
  }
  return [...best]
    .filter(([, score]) => score >= LEAST_SCORE)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_ROWS)
    .map(([className]) => className);
}
