/**
 * The polite live region. Announcements settle for a moment before they are spoken: a slider that is
 * dragged says where it came to rest, not every step on the way.
 */
import { useEffect, useState } from 'react';
import { useLoupe } from './store/context.tsx';

const SETTLE_MS = 400;

export function Announcer() {
  return <LiveRegion text={useLoupe((state) => state.announcement)} />;
}

/** Speaks its text once it has stayed the same for a moment. */
export function LiveRegion({ text }: { text: string }) {
  const [spoken, setSpoken] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSpoken(text), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="hidden" role="status" aria-live="polite">
      {spoken}
    </div>
  );
}
