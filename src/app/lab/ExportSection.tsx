/** The anchors for other programs: what each wants to read, to copy or to save. */
import { Copy, Download } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import {
  type AnchorFile,
  EXPORT_FORMATS,
  type ExportFormat,
  mmdetectionSnippet,
  torchvisionSnippet,
} from '../../core/anchors/export.ts';
import type { Measured } from '../../worker/anchorLab/protocol.ts';
import { save } from '../export/save.ts';
import { OneOfFew } from '../results/Pickers.tsx';
import { useLab } from '../store/context.tsx';
import styles from './LabPage.module.css';
import { useCopy } from './useCopy.ts';

const TITLES: Readonly<Record<ExportFormat, string>> = {
  json: 'Loupe (JSON)',
  torchvision: 'torchvision',
  mmdetection: 'mmdetection',
};

export function ExportSection() {
  const measured = useDeferredValue(useLab((state) => state.measured));
  const [format, setFormat] = useState<ExportFormat>('json');
  const { copied, copy } = useCopy();
  if (!measured) return null;
  const text = exportText(measured, format);
  const name = format === 'json' ? 'anchors.json' : `anchors_${format}.py`;
  return (
    <div className={styles.export}>
      <div className={styles.dataRow}>
        <OneOfFew
          name="For"
          choices={EXPORT_FORMATS.map((one) => ({ value: one, title: TITLES[one] }))}
          value={format}
          onPick={(value) => setFormat(value as ExportFormat)}
        />
        <button type="button" className="button" onClick={() => copy(text, `${name} is copied.`)}>
          <Copy aria-hidden />
          {copied ? 'Copied' : 'Copy'}
        </button>
        <button type="button" className="button" onClick={() => save(new Blob([text]), name)}>
          <Download aria-hidden />
          Save {name}
        </button>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a frame that scrolls, not a set of fields */}
      <div
        className={styles.code}
        role="group"
        aria-label={`Anchors for ${TITLES[format]}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must take focus
        tabIndex={0}
      >
        <pre>{text}</pre>
      </div>
      {format === 'json' && (
        <p className={styles.less}>
          Trains with{' '}
          <code>npm run loupe -- train detector --config my.json --anchors anchors.json</code>
        </p>
      )}
    </div>
  );
}

/** The text for a program; the JSON is what `loupe train detector --anchors` takes. */
export function exportText({ ground, row, objects }: Measured, format: ExportFormat): string {
  const { stride, threshold, photos } = ground;
  const { sizes, aspectRatios } = row.set;
  if (format === 'torchvision') return torchvisionSnippet({ sizes, aspectRatios, stride });
  if (format === 'mmdetection') return mmdetectionSnippet({ sizes, aspectRatios, stride });
  const file: AnchorFile = {
    ...{ method: 'anchor lab', stride, threshold, sizes: [...sizes], ratios: [...aspectRatios] },
    ...{ bestPossibleRecall: row.bestPossibleRecall, meanBestIoU: row.meanBestIoU, boxes: objects },
    ...(photos > 0 && { workingSize: photos }),
  };
  // Lists in one line, for people to read.
  const lines = JSON.stringify(file, null, 2).replace(/\[[^\]]+\]/g, (list) =>
    list.replace(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'),
  );
  return `${lines}\n`;
}
