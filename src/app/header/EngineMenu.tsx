/**
 * The engine badge: which backend really runs, on which adapter, and, in its menu, why that one and
 * how the others did in the self-test. Choosing another restarts the worker; the photo stays.
 */
import { ChevronDown } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { BACKEND_TITLES, type BackendChoice, type EngineInfo } from '../../worker/protocol.ts';
import { plural } from '../format.ts';
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
  const { loupe } = useStores();
  const title = engine
    ? BACKEND_TITLES[engine.backend]
    : status === 'failed'
      ? 'No engine'
      : 'Starting';
  const spoken = engine ? `Engine: ${title} on ${place(engine)}` : `Engine: ${title}`;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={`button ${styles.badge}`} aria-label={spoken}>
        <span className={styles.lamp} data-status={status} aria-hidden />
        <span>{title}</span>
        {engine && <span className={styles.adapter}>{place(engine)}</span>}
        <ChevronDown aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className={`menu ${styles.menu}`} align="end" sideOffset={6}>
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
