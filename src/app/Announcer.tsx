/**
 * The polite live region. Announcements settle for a moment before they are spoken: a slider that is
 * dragged says where it came to rest, not every step on the way.
 */
import { useEffect, useState } from 'react';
import { useLoupe } from './store/context.tsx';

const SETTLE_MS = 400;

export function Announcer() {
  const announcement = useLoupe((state) => state.announcement);
  const [spoken, setSpoken] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSpoken(announcement), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [announcement]);
  return (
    <div className="hidden" role="status" aria-live="polite">
      {spoken}
    </div>
  );
}
