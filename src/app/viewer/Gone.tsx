/** What NMS dropped, as a table: size, score and overlap of the first few. */
import type { Suppressed } from '../../worker/protocol.ts';
import { formatScore, formatSize } from '../format.ts';
import styles from './Inside.module.css';

const MOST_LISTED = 5;

export function Gone({ list, what }: { list: readonly Suppressed[]; what: string }) {
  if (list.length === 0) return null;
  return (
    <table className={styles.gone}>
      <thead>
        <tr>
          <th scope="col">Dropped</th>
          <th scope="col">{what}</th>
          <th scope="col">IoU</th>
        </tr>
      </thead>
      <tbody>
        {list.slice(0, MOST_LISTED).map(({ box, score, iou }) => (
          <tr key={box.join()}>
            <th scope="row">{formatSize(box)}</th>
            <td>{formatScore(score)}</td>
            <td>{formatScore(iou)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
