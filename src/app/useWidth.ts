/** The width an element has, for what is drawn to measure; 0 until it is known. */
import { useEffect, useRef, useState } from 'react';

/** @returns the reference to give to the element, and its width in CSS pixels */
export function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => {
      setWidth(Math.floor(entry?.contentRect.width ?? 0));
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, width] as const;
}
