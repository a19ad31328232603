/**
 * The viewer: what is held under it, enlarged two ways side by side, or, of a detection, the way it
 * went. A window over the bench, because a comparison needs room and a step-by-step needs peace.
 */
import { X } from 'lucide-react';
import { Dialog, Tabs } from 'radix-ui';
import { useRef } from 'react';
import { formatScore, formatSize } from '../format.ts';
import { IconButton } from '../IconButton.tsx';
import type { Held, Panel } from '../sharpen/viewerActions.ts';
import { useHeldDetection, useSharpen, useStores } from '../store/context.tsx';
import { Compare } from './Compare.tsx';
import { Inside } from './Inside.tsx';
import styles from './Viewer.module.css';

export function Viewer() {
  const { sharpen } = useStores();
  const held = useSharpen((state) => state.held);
  // The window has no trigger of its own to go back to: it is opened from many places.
  const opener = useRef<Element | null>(null);
  return (
    <Dialog.Root
      open={held !== null}
      onOpenChange={(open) => {
        if (!open) sharpen.getState().closeViewer();
      }}
    >
      <Dialog.Portal>
        <Dialog.Overlay className={styles.overlay} />
        {held && (
          <Dialog.Content
            className={styles.window}
            aria-describedby={undefined}
            onOpenAutoFocus={() => {
              opener.current = document.activeElement;
            }}
            onCloseAutoFocus={(event) => {
              event.preventDefault();
              (opener.current as HTMLElement | null)?.focus({ preventScroll: true });
            }}
          >
            <Content held={held} />
          </Dialog.Content>
        )}
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Content({ held }: { held: Held }) {
  const { sharpen } = useStores();
  const panel = useSharpen((state) => state.panel);
  return (
    <Tabs.Root
      className={styles.tabs}
      value={panel}
      onValueChange={(value) => sharpen.getState().setPanel(value as Panel)}
    >
      <header className={styles.head}>
        <Dialog.Title className={styles.title}>
          <Title held={held} />
        </Dialog.Title>
        {held.detection && (
          <Tabs.List className={styles.choices} aria-label="What to look at">
            <Tabs.Trigger className={styles.choice} value="compare">
              Compare
            </Tabs.Trigger>
            <Tabs.Trigger className={styles.choice} value="inside">
              How it was found
            </Tabs.Trigger>
          </Tabs.List>
        )}
        <Dialog.Close asChild>
          <IconButton label="Close the viewer">
            <X aria-hidden />
          </IconButton>
        </Dialog.Close>
      </header>
      <Tabs.Content className={styles.panel} value="compare">
        <Compare held={held} />
      </Tabs.Content>
      {held.detection && (
        <Tabs.Content className={styles.panel} value="inside">
          <Inside held={held} />
        </Tabs.Content>
      )}
    </Tabs.Root>
  );
}

function Title({ held }: { held: Held }) {
  const detection = useHeldDetection(held);
  const { box } = held;
  if (!detection) return <>Region, {formatSize(box)}</>;
  return (
    <>
      {detection.className} <span className={styles.score}>{formatScore(detection.score)}</span>{' '}
      <span className={styles.size}>{formatSize(box)}</span>
    </>
  );
}
