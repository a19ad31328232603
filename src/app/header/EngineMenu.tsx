/**
 * The engine badge: which backend really runs, on which adapter, with whose kernels, and, in its menu, why
 * that one and how the others did in the self-test; from there to what the last run cost. Choosing another restarts the worker; the photo stays.
 */
import { ChevronDown, Gauge } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useRef } from 'react';
import { BACKEND_TITLES, type BackendChoice, type EngineInfo } from '../../worker/protocol.ts';
import { plural } from '../format.ts';
import { describeKernels } from '../performance/costTable.ts';
import { useLoupe, useStores } from '../store/context.tsx';
import { ChoiceItem } from './ChoiceItem.tsx';
import styles from './EngineMenu.module.css';

/** `NVIDIA GeForce RTX 3060`, or, where it matters, on how many threads: `CPU, 2 threads`. */
const place = ({ adapter, threads }: EngineInfo) =>
  threads > 0 ? `${adapter}, ${plural(threads, 'thread')}` : adapter;

const CHOICES: readonly BackendChoice[] = ['auto', 'webgpu', 'webgl', 'wasm'];

export function EngineMenu() {
  const engine = useLoupe((state) => state.engine);
  const status = useLoupe((state) => state.engineStatus);
  const choice = useLoupe((state) => state.backend);
  const { loupe, pages } = useStores();
  const badge = useRef<HTMLButtonElement>(null);
  const toPanel = useRef(false);
  const title = engine
    ? BACKEND_TITLES[engine.backend]
    : status === 'failed'
      ? 'No engine'
      : 'Starting';
  const whose =
    engine?.kernels && (engine.kernels.length > 0 ? 'Loupe’s kernels' : 'TensorFlow.js’s kernels');
  const kernels = engine?.backend === 'webgpu' && whose;
  const spoken = engine
    ? `Engine: ${title} on ${place(engine)}${kernels ? `, ${kernels}` : ''}`
    : `Engine: ${title}`;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger ref={badge} className={`button ${styles.badge}`} aria-label={spoken}>
        <span className={styles.lamp} data-status={status} aria-hidden />
        <span>{title}</span>
        {engine && <span className={styles.adapter}>{place(engine)}</span>}
        {kernels && <span className={styles.kernels}>{kernels}</span>}
        <ChevronDown aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content
        className={`menu ${styles.menu}`}
        align="end"
        sideOffset={6}
        onCloseAutoFocus={(event) => {
          if (!toPanel.current) return;
          // The panel opens once the menu is gone, and gives the focus back to the badge.
          toPanel.current = false;
          event.preventDefault();
          badge.current?.focus();
          pages.getState().showPerformance(true);
        }}
      >
        {engine && <Reason engine={engine} />}
        <DropdownMenu.RadioGroup
          value={choice}
          onValueChange={(value) => loupe.getState().setBackend(value as BackendChoice)}
        >
          {CHOICES.map((backend) => (
            <ChoiceItem
              key={backend}
              value={backend}
              name={backend === 'auto' ? 'Automatic' : BACKEND_TITLES[backend]}
              why={remark(backend, engine)}
            />
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Separator className={styles.rule} />
        <DropdownMenu.Item
          className="menuItem"
          onSelect={() => {
            toPanel.current = true;
          }}
        >
          <Gauge aria-hidden />
          Performance of the last run
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function Reason({ engine }: { engine: EngineInfo }) {
  return (
    <div className={styles.reason}>
      <p className={styles.running}>
        {BACKEND_TITLES[engine.backend]} on {place(engine)}
      </p>
      <p>{engine.reason}</p>
      {engine.backend === 'webgpu' && <p>Kernels: {describeKernels(engine)}.</p>}
    </div>
  );
}

function remark(backend: BackendChoice, engine: EngineInfo | null): string {
  if (backend === 'auto') return 'The fastest that computes correctly';
  const trial = engine?.tried.find((one) => one.backend === backend);
  if (!trial) return 'Not tried';
  // The reason for the one that runs stands above the list already.
  const why = backend === engine?.backend ? 'Runs now.' : trial.why;
  const { milliseconds } = trial;
  return milliseconds === null
    ? why
    : `${why} Self-test: ${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms.`;
}
