/**
 * A button that opens the browser's file dialog. The file input itself stays in the page, hidden
 * from sight and from the tab order, so that the button can look and be reached like any other.
 */
import { type ReactNode, useRef } from 'react';
import { openFiles } from './openFiles.ts';
import { useStores } from './store/context.tsx';

interface Props {
  readonly children: ReactNode;
  /** The accessible name where the children are an icon alone. */
  readonly label?: string;
  readonly main?: boolean;
  readonly className?: string;
}

export function OpenButton({ children, label, main, className = '' }: Props) {
  const { loupe } = useStores();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        aria-hidden
        tabIndex={-1}
        onChange={(event) => {
          openFiles(loupe, event.target.files);
          // The same file may be picked again, after a cancel or a failure.
          event.target.value = '';
        }}
      />
      <button
        type="button"
        className={`button ${className}`}
        data-main={main || undefined}
        aria-label={label}
        onClick={() => input.current?.click()}
      >
        {children}
      </button>
    </>
  );
}
