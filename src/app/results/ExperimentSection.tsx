/**
 * One experiment on the data set that is picked: its table with the paper's figures beside ours, the
 * differences that are claimed, and how it goes with the number of proposals, by class and by size.
 */
import { useMemo } from 'react';
import type { ExperimentResults } from '../../core/results/schema.ts';
import { differencesFigure } from '../../plots/differences.ts';
import { precisionRecallFigure } from '../../plots/precisionRecall.ts';
import { MEASURES, proposalsFigure } from '../../plots/proposals.ts';
import styles from '../Page.module.css';
import { DataTable } from './DataTable.tsx';
import { OneOfFew, OneOfMany, plain } from './Pickers.tsx';
import { PlotFigure } from './PlotFigure.tsx';
import { type SectionProps, sizesOf } from './picks.ts';
import { experimentTable } from './tables.ts';

type Props = SectionProps & { readonly experiment: ExperimentResults };

export function ExperimentSection({ experiment, ...section }: Props) {
  const { set, measure } = section.picks;
  const { paper } = section.results;
  const { title, description, split, differences, missing, cells, variants } = experiment;
  const { recallDifferences = [] } = experiment;
  const forest = useMemo(() => {
    const [told, of] =
      measure === 'recall' ? [recallDifferences, 'recall'] : [differences, 'mAP50'];
    return told.length > 0 ? differencesFigure(`${title}, ${split}`, told, of, variants) : null;
  }, [title, split, differences, recallDifferences, measure, variants]);
  return (
    <section className={styles.section}>
      <h3>{title}</h3>
      <p className={styles.less}>{description}</p>
      {missing.length > 0 && (
        <details className={styles.more}>
          <summary>Still to do: {missing.length} runs</summary>
          <p className={styles.less}>{missing.join(', ')}</p>
        </details>
      )}
      {cells.some((cell) => cell.set === set.name) ? (
        <>
          <DataTable table={experimentTable(experiment, set, paper)} />
          <div className={styles.figures}>
            <Proposals experiment={experiment} {...section} />
            {forest && <PlotFigure figure={forest} />}
            <Curves experiment={experiment} {...section} />
          </div>
        </>
      ) : (
        <p>No run on {set.title} is done yet.</p>
      )}
    </section>
  );
}

/** Figure 5. */
function Proposals({ experiment, results, picks, pick }: Props) {
  const { set, measure, size, class: className } = picks;
  const figure = useMemo(
    () =>
      proposalsFigure(experiment, set.classes, {
        set: set.name,
        measure,
        size,
        class: measure === 'AP50' ? className : null,
      }),
    [experiment, set, measure, size, className],
  );
  return (
    <PlotFigure figure={figure}>
      <div className={styles.pickers}>
        <OneOfFew
          name="Measure"
          choices={Object.entries(MEASURES).map(([value, title]) => ({ value, title }))}
          value={measure}
          onPick={(value) => pick({ measure: value })}
        />
        {measure === 'recall' && (
          <OneOfMany
            name="Size of objects"
            choices={plain(sizesOf(results))}
            value={size}
            onPick={(value) => pick({ size: value })}
          />
        )}
        {measure === 'AP50' && set.classes.length > 1 && (
          <ClassPicker {...{ results, picks, pick }} />
        )}
      </div>
    </PlotFigure>
  );
}

/** Precision over recall of one class, a curve for each system. */
function Curves({ experiment, picks }: Props) {
  const { set } = picks;
  const className = picks.class ?? (set.classes.length === 1 ? set.classes[0] : undefined);
  const figure = useMemo(() => {
    const curves = experiment.variants.flatMap(({ name, title }) => {
      const cell = experiment.cells.find((one) => one.set === set.name && one.variant === name);
      const curve = cell?.curves.find((one) => one.class === className);
      return curve ? [{ name, title, curve }] : [];
    });
    const title = `Precision and recall, ${className}, ${set.name}`;
    return curves.length > 0 ? precisionRecallFigure(title, 'System', curves) : null;
  }, [experiment, set, className]);
  if (figure) return <PlotFigure figure={figure} />;
  if (className !== undefined) return null;
  return <p className={styles.less}>Pick a class above for its precision over recall.</p>;
}

const ALL = '';

function ClassPicker({ picks: { set, class: className }, pick }: SectionProps) {
  return (
    <OneOfMany
      name="Class"
      choices={[{ value: ALL, title: 'All, their mean' }, ...plain(set.classes)]}
      value={className ?? ALL}
      onPick={(value) => pick({ class: value })}
    />
  );
}
