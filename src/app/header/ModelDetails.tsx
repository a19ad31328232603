/**
 * What a model's manifest says of it: its classes, the data it was trained on, and its average
 * precision there, as a whole and by class.
 */
import { percent } from '../../core/results/percent.ts';
import type { DataSetSummary, ModelSummary } from '../../worker/protocol.ts';
import { listClasses } from '../words.ts';
import styles from './ModelMenu.module.css';

/** The split that a model is judged by; "val" has been used to choose it. */
const JUDGED = 'test';

const scoreOf = (set: DataSetSummary, split: string) =>
  set.measured.find((measured) => measured.split === split);

export function ModelDetails({ model }: { model: ModelSummary }) {
  const measured = model.data.filter((set) => set.measured.length > 0);
  return (
    <section className={styles.details} aria-label={`About ${model.name}`}>
      <p>{model.title}</p>
      <p>
        <strong>Finds</strong> {listClasses(model)}.
      </p>
      {model.data.length > 0 && measured.length === 0 && (
        <p>
          <strong>Trained on</strong> {model.data.map(({ name }) => name).join(', ')}. Nothing was
          measured.
        </p>
      )}
      {measured.length > 0 && (
        <>
          <DataTable sets={measured} />
          <details>
            <summary>AP50 of each class</summary>
            <ClassTable model={model} sets={measured} />
          </details>
        </>
      )}
    </section>
  );
}

function DataTable({ sets }: { sets: readonly DataSetSummary[] }) {
  return (
    <table className={styles.table}>
      <caption>Trained on, and average precision there in %, looked at Fast</caption>
      <thead>
        <tr>
          <th scope="col">Data</th>
          <th scope="col">Photos</th>
          <th scope="col">AP50 val</th>
          <th scope="col">AP50 test</th>
          <th scope="col">AP test</th>
        </tr>
      </thead>
      <tbody>
        {sets.map((set) => {
          const test = scoreOf(set, JUDGED);
          return (
            <tr key={set.name}>
              <th scope="row">{set.name}</th>
              <td>{test?.images ?? '–'}</td>
              <td>{percent(scoreOf(set, 'val')?.AP50)}</td>
              <td>{percent(test?.AP50)}</td>
              <td>{percent(test?.AP)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** A class has an AP in each set that labels it, and a dash in the others. */
function ClassTable({ model, sets }: { model: ModelSummary; sets: readonly DataSetSummary[] }) {
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Class</th>
          {sets.map(({ name }) => (
            <th scope="col" key={name}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {model.classes
          .filter(({ shown }) => shown)
          .map(({ id, name }) => (
            <tr key={id}>
              <th scope="row">{name}</th>
              {sets.map((set) => (
                <td key={set.name}>
                  {percent(scoreOf(set, JUDGED)?.perClass.find((one) => one.name === name)?.AP50)}
                </td>
              ))}
            </tr>
          ))}
      </tbody>
    </table>
  );
}
