/**
 * Dropping and pasting, anywhere on the page. While a file is dragged over the window, a sheet says
 * what letting go will do; it takes no pointer events, so the drag never flickers between elements.
 */
import { useEffect, useState } from 'react';
import styles from './DropTarget.module.css';
import { openDropped, openDroppedAnnotations, openFiles } from './openFiles.ts';
import { usePages, useStores } from './store/context.tsx';

export function DropTarget() {
  const { loupe, lab, pages } = useStores();
  const isLab = usePages((state) => state.page === 'anchors');
  const [over, setOver] = useState(false);

  useEffect(() => {
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const onDrag = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      // Leaving for nowhere is leaving the window.
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!carriesFiles(event)) return;
      event.preventDefault();
      const onLab = pages.getState().page === 'anchors';
      if (onLab && openDroppedAnnotations({ lab, loupe }, event.dataTransfer)) return;
      openDropped(loupe, event.dataTransfer);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (event.clipboardData?.files.length) openFiles(loupe, event.clipboardData.files);
    };
    addEventListener('dragenter', onDrag);
    addEventListener('dragover', onDrag);
    addEventListener('dragleave', onLeave);
    addEventListener('drop', onDrop);
    addEventListener('paste', onPaste);
    return () => {
      removeEventListener('dragenter', onDrag);
      removeEventListener('dragover', onDrag);
      removeEventListener('dragleave', onLeave);
      removeEventListener('drop', onDrop);
      removeEventListener('paste', onPaste);
    };
  }, [loupe, lab, pages]);

  if (!over) return null;
  return (
    <div className={styles.sheet} aria-hidden>
      <p className={styles.words}>
        {isLab
          ? 'Drop COCO JSON, VOC XML or YOLO text files, or a zip of them, to choose anchors for them; or a photo to see anchors on it'
          : 'Drop a photo to find its small objects, or a model’s folder to use it'}
      </p>
    </div>
  );
}
