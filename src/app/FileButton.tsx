/**
 * A button that opens the browser's file dialog. The file input itself stays in the page, hidden
 * from sight and from the tab order, so that the button can look and be reached like any other.
 */
import { type ReactNode, useRef } from 'react';

interface Props {
  readonly children: ReactNode;
  readonly onFiles: (files: FileList | null) => void;
  /** What the dialog offers, such as `image/*`; a whole folder where it says so. */
  readonly accept: string | 'folder';
  /** The accessible name where the children are an icon alone. */
  readonly label?: string | undefined;
  readonly main?: boolean | undefined;
  /** Several files at once. */
  readonly multiple?: boolean;
  readonly className?: string;
}

export function FileButton({
  children,
  onFiles,
  accept,
  label,
  main,
  multiple,
  className = '',
}: Props) {
  const input = useRef<HTMLInputElement | null>(null);
  return (
    <>
      <input
        ref={(element) => {
          input.current = element;
          // React knows no such attribute; every browser on a desktop does.
          if (element) element.webkitdirectory = accept === 'folder';
        }}
        type="file"
        accept={accept === 'folder' ? undefined : accept}
        multiple={multiple}
        hidden
        aria-hidden
        tabIndex={-1}
        onChange={(event) => {
          onFiles(event.target.files);
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
