/**
 * The Performance panel: what each stage of the last run cost, and of the one under way as far as it has
 * come. It lies over the page's corner and leaves the rest in reach, so that one can start a run and
 * watch. Closed until it is asked for; Escape closes it and gives the focus back.
 */
import { X } from 'lucide-react';
import { useEffect, useId, useRef } from 'react';
import { BACKEND_TITLES } from '../../worker/protocol.ts';
import { IconButton } from '../IconButton.tsx';
import { Fact, Facts } from '../inspector/Facts.tsx';
import { DataTable } from '../results/DataTable.tsx';
import { useLoupe, usePages, useSharpen, useStores } from '../store/context.tsx';
import { describeRun } from '../words.ts';
import { costTable, describeKernels } from './costTable.ts';
import styles from './PerformancePanel.module.css';

export function PerformancePanel() {
  return usePages((state) => state.performance) ? <Panel /> : null;
}

function Panel() {
  const { pages } = useStores();
  const title = useId();
  const panel = useRef<HTMLDialogElement>(null);
  const close = () => pages.getState().showPerformance(false);

  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    panel.current?.focus();
    return () => opener?.focus();
  }, []);

  return (
    // Not modal: `open` alone lets the page below go on.
    <dialog
      open
      ref={panel}
      className={styles.panel}
      aria-labelledby={title}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        close();
      }}
    >
      <div className={styles.head}>
        <h2 id={title}>Performance</h2>
        <IconButton label="Close Performance" onClick={close}>
          <X aria-hidden />
        </IconButton>
      </div>
      <Figures />
    </dialog>
  );
}

function Figures() {
  const { loupe } = useStores();
  const isRunning = useLoupe((state) => state.run === 'running');
  const running = useLoupe((state) => (state.run === 'running' ? state.progress : null));
  const photo = useLoupe((state) => state.photo);
  const result = useLoupe((state) => state.result);
  const engine = useLoupe((state) => state.engine);
  const batches = useSharpen((state) => state.recheck.costs);
  const stages = isRunning ? (running?.stages ?? []) : (result?.stages ?? []);
  return (
    <>
      <div className={styles.about}>
        <p>
          {isRunning
            ? `${running?.message ?? 'Starting'}, ${Math.round(100 * (running?.fraction ?? 0))} %`
            : result
              ? `The last run: ${describeRun(result)}.`
              : photo
                ? 'The run on this photo did not end. Find objects again to see what each stage costs.'
                : 'Nothing has been looked at yet. Open a photo to see what each stage costs.'}
        </p>
        {isRunning && (
          // The panel may lie over the one beside the progress.
          <button type="button" className="button" onClick={() => loupe.getState().cancel()}>
            Cancel
          </button>
        )}
      </div>
      {stages.length > 0 && (
        <DataTable table={costTable(stages, isRunning ? [] : batches, isRunning)} />
      )}
      {engine && (
        <Facts>
          <Fact name="Engine">{`${BACKEND_TITLES[engine.backend]} on ${engine.adapter}`}</Fact>
          <Fact name="Kernels">{describeKernels(engine)}</Fact>
          {!isRunning && result && typeof result.pipelines === 'number' && (
            <Fact name="Different GPU programs">{result.pipelines}</Fact>
          )}
          {!isRunning && result && <Fact name="Tensors left behind">{result.tensorsLeft}</Fact>}
        </Facts>
      )}
      <p className={styles.less}>
        GFLOP counts convolutions and matrix products. A readback is a wait for the GPU to hand data
        back; dispatches are programs started on it.
      </p>
    </>
  );
}
