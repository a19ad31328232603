/** Copying to the clipboard, said for a moment where it was asked for, and to screen readers. */
import { useRef, useState } from 'react';
import { useStores } from '../store/context.tsx';

const SHOWN_MS = 1600;

/** @returns whether something has just been copied, and how to copy */
export function useCopy() {
  const { lab, loupe } = useStores();
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const copy = (text: string, said: string) => {
    navigator.clipboard.writeText(text).then(
      () => {
        lab.getState().say(said);
        setCopied(true);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setCopied(false), SHOWN_MS);
      },
      () => loupe.getState().report('This browser did not let the page copy; select the text.'),
    );
  };
  return { copied, copy };
}
