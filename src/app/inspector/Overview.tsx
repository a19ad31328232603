/** The run as a whole: which classes, how small, how long each step took, on what, by which model. */
import { Gauge } from 'lucide-react';
import { area } from '../../core/boxes/box.ts';
import type { Detection } from '../../core/detection/types.ts';
import { BACKEND_TITLES } from '../../worker/protocol.ts';
import { formatBytes, formatDuration, formatScore, formatShare, megabytes } from '../format.ts';
import { describeKernels } from '../performance/costTable.ts';
import { countByClass } from '../store/announce.ts';
import { useLoupe, useShown, useStores } from '../store/context.tsx';
import { describeRun } from '../words.ts';
import { Fact, Facts } from './Facts.tsx';
import styles from './Inspector.module.css';

export function Overview() {
  const shown = useShown();
  const notes = useLoupe((state) => state.notes);
  const hasResult = useLoupe((state) => state.result !== null);
  return (
    <>
      {notes.length > 0 && (
        <ul className={styles.notes}>
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {hasResult && shown.length > 0 && <Classes shown={shown} />}
      <PhotoFacts />
      <Timings />
      <Engine />
      <Model />
    </>
  );
}

function Classes({ shown }: { shown: readonly Detection[] }) {
  const photo = useLoupe((state) => state.photo);
  if (!photo) return null;
  const classes = countByClass(shown);
  const bySize = [...shown].sort((a, b) => area(a.box) - area(b.box));
  const share = (detection: Detection | undefined) =>
    detection ? formatShare(detection.box, photo.width, photo.height) : '';
  return (
    <section>
      <h2>In this photo</h2>
      <table className={styles.classes}>
        <thead>
          <tr>
            <th scope="col">Class</th>
            <th scope="col">Count</th>
            <th scope="col">Best score</th>
          </tr>
        </thead>
        <tbody>
          {classes.map(({ className, count, best }) => (
            <tr key={className}>
              <th scope="row">{className}</th>
              <td>{count}</td>
              <td>{formatScore(best)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles.aside}>
        {shown.length > 1
          ? `From ${share(bySize[0])} to ${share(bySize.at(-1))} of the picture.`
          : `It fills ${share(bySize[0])} of the picture.`}{' '}
        Select one to see it under the loupe.
      </p>
    </section>
  );
}

function PhotoFacts() {
  const photo = useLoupe((state) => state.photo);
  if (!photo) return null;
  const { width, height, file } = photo;
  return (
    <section>
      <h2>Photo</h2>
      <Facts>
        <Fact name="Size">
          {width} × {height} px
        </Fact>
        <Fact name="File">{formatBytes(file.size)}</Fact>
        <Fact name="1 % of it">{describeOnePercent(width, height)}</Fact>
      </Facts>
    </section>
  );
}

/** The square that counts as 1 % of the picture; of the smallest pictures that is less than a pixel. */
function describeOnePercent(width: number, height: number): string {
  const side = Math.round(Math.sqrt(width * height) / 10);
  return side > 0 ? `${side} px square` : 'less than a pixel';
}

function Timings() {
  const { pages } = useStores();
  const result = useLoupe((state) => state.result);
  if (!result || result.stages.length === 0) return null;
  const { stages } = result;
  const total = stages.reduce((sum, stage) => sum + stage.milliseconds, 0);
  const longest = Math.max(1, ...stages.map((stage) => stage.milliseconds));
  return (
    <section>
      <h2>Time: {formatDuration(total)}</h2>
      <Facts>
        <Fact name="Look">{describeRun(result)}</Fact>
      </Facts>
      <dl className={styles.facts}>
        {stages.map(({ name, milliseconds }) => (
          <div key={name} className={styles.timing}>
            <dt>{name}</dt>
            <dd className={styles.bar} aria-hidden>
              <div style={{ transform: `scaleX(${milliseconds / longest})` }} />
            </dd>
            <dd>{formatDuration(milliseconds)}</dd>
          </div>
        ))}
      </dl>
      <button
        type="button"
        className="button"
        onClick={() => pages.getState().showPerformance(true)}
      >
        <Gauge aria-hidden />
        What each stage cost
      </button>
    </section>
  );
}

function Engine() {
  const engine = useLoupe((state) => state.engine);
  const readbacks = useLoupe((state) => state.result?.readbacks);
  if (!engine) return null;
  return (
    <section>
      <h2>Engine</h2>
      <Facts>
        <Fact name="Backend">{BACKEND_TITLES[engine.backend]}</Fact>
        <Fact name="Adapter">{engine.adapter}</Fact>
        {engine.backend === 'webgpu' && <Fact name="Kernels">{describeKernels(engine)}</Fact>}
        {engine.threads > 0 && <Fact name="Threads">{engine.threads}</Fact>}
        {readbacks !== undefined && <Fact name="Readbacks">{readbacks}</Fact>}
      </Facts>
    </section>
  );
}

function Model() {
  const model = useLoupe((state) => state.result?.model ?? state.model);
  if (!model) return null;
  return (
    <section>
      <h2>Model: {model.name}</h2>
      <p>{model.title}</p>
      <Facts>
        <Fact name="Size">{megabytes(model.bytes)} MB</Fact>
        <Fact name="Classes">{model.classes.filter(({ shown }) => shown).length}</Fact>
      </Facts>
      <p className={styles.aside}>{model.attribution}</p>
    </section>
  );
}
