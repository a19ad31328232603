/**
 * The shipped detector on the data set that is picked: its figures beside others', and where they
 * come from: sizes, classes, errors. One look is in front at a time.
 */
import { useMemo } from 'react';
import { bySizeFigure, errorsFigure } from '../../plots/detectorBars.ts';
import { differencesFigure } from '../../plots/differences.ts';
import { precisionRecallFigure } from '../../plots/precisionRecall.ts';
import styles from '../Page.module.css';
import { DataTable } from './DataTable.tsx';
import { AnyOf, OneOfFew, plain } from './Pickers.tsx';
import { PlotFigure } from './PlotFigure.tsx';
import type { SectionProps } from './picks.ts';
import { classTable, detectorTable } from './tables.ts';

export function DetectorSection({ results, picks, pick }: SectionProps) {
  const set = picks.set.name;
  const { look, bySize } = picks;
  const looks = useMemo(() => results.detector.filter((one) => one.set === set), [results, set]);
  const sizes = useMemo(
    () => bySizeFigure(looks, { measure: bySize, picked: look }),
    [looks, bySize, look],
  );
  const errors = useMemo(() => errorsFigure(looks, { picked: look }), [looks, look]);
  const differences = useMemo(() => {
    const here = results.detectorDifferences.filter(
      ({ sets }) => sets.length !== 1 || sets[0]?.name === set,
    );
    return here.length > 0 ? differencesFigure('between looks', here) : null;
  }, [results, set]);
  return (
    <section className={styles.section}>
      <h3>The shipped detector</h3>
      {looks.length === 0 ? (
        <p>It has not been scored on {picks.set.title} yet.</p>
      ) : (
        <>
          <DataTable
            table={detectorTable(
              looks,
              results.yardsticks.filter((one) => one.set === set),
              results.paper,
            )}
          />
          <OneOfFew
            name="Look"
            choices={plain(looks.map((one) => one.look))}
            value={look}
            onPick={(value) => pick({ look: value })}
          />
          <div className={styles.figures}>
            <Curves results={results} picks={picks} pick={pick} />
            <PlotFigure figure={sizes}>
              <OneOfFew
                name="Measure"
                choices={[
                  { value: 'AP50', title: 'AP50' },
                  { value: 'recall', title: 'Recall' },
                ]}
                value={bySize}
                onPick={(value) => pick({ bySize: value })}
              />
            </PlotFigure>
            <PlotFigure figure={errors} />
            {differences && <PlotFigure figure={differences} />}
          </div>
          <details className={styles.more}>
            <summary>AP50 of each class</summary>
            <DataTable table={classTable(looks)} />
          </details>
        </>
      )}
    </section>
  );
}

/** Precision over recall of the look in front, a curve for each class. */
function Curves({ results, picks: { set, look, classes }, pick }: SectionProps) {
  const names = classes.join(',');
  const figure = useMemo(() => {
    const scored = results.detector.find((one) => one.set === set.name && one.look === look);
    const curves = (scored?.curves ?? []).map((curve) => ({
      name: curve.class,
      title: curve.class,
      curve,
    }));
    const title = `Precision and recall of each class, ${look}, ${set.name}`;
    return precisionRecallFigure(title, 'Class', curves, names.split(','));
  }, [results, set, look, names]);
  return (
    <PlotFigure figure={figure}>
      <AnyOf
        name="Classes"
        choices={plain(set.classes)}
        values={classes}
        onPick={(values) => pick({ classes: values.join(',') })}
      />
    </PlotFigure>
  );
}
