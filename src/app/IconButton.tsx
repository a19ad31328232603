/**
 * A quiet button that shows only an icon: its name is for those who hear the page, and for the
 * tooltip that often wraps it, whose reference and handlers it passes on to the button itself.
 */
import type { ComponentProps } from 'react';

/** Takes what a button takes; `label` is its accessible name, the child its icon. */
export function IconButton({ label, ...button }: ComponentProps<'button'> & { label: string }) {
  return (
    <button type="button" className="button" data-quiet data-icon aria-label={label} {...button} />
  );
}
