/**
 * Which trained head proposes: the model's own, or one of those that were trained alike for the sets of
 * Table I. Picking one of these takes its anchors over, so that one sees it as it was trained; and what
 * it means to move a size from there is said in words.
 */
import { RotateCcw } from 'lucide-react';
import { ANCHOR_SETS, type AnchorSet } from '../../../core/anchors/sets.ts';
import type { Reproposed } from '../../../worker/protocol.ts';
import { OneOfFew } from '../../results/Pickers.tsx';
import { useLab, useLoupe, usePhotoLab, useStores } from '../../store/context.tsx';
import { SET_TITLES } from '../setNames.ts';
import { HEADS, type HeadName, inRange, MODEL_HEAD, type Tuning } from '../tuning.ts';
import styles from './PhotoPanel.module.css';

/** Of the RPNs of Table I, which slide over conv5_3. */
const TABLE_STRIDE = 16;

export function HeadPicker() {
  const { lab } = useStores();
  const head = useLab((state) => state.history.present.head);
  const sizes = useLab((state) => state.history.present.sizes);
  const aspectRatios = useLab((state) => state.history.present.ratios);
  const set = { sizes, aspectRatios };
  const model = useLoupe((state) => state.model?.name ?? 'the model');
  const seen = usePhotoLab((state) => state.seen);
  const fetching = usePhotoLab((state) => state.fetching);
  const titleOf = (one: HeadName) => (one === MODEL_HEAD ? `${model}’s own` : SET_TITLES[one]);
  const take = (part: Partial<Tuning>) =>
    lab.getState().change({ ...lab.getState().history.present, ...part });
  return (
    <div className={styles.heads}>
      <OneOfFew
        name="Trained head"
        choices={HEADS.map((one) => ({ value: one, title: titleOf(one) }))}
        value={head}
        onPick={(value) => {
          const name = value as HeadName;
          if (name === MODEL_HEAD) return take({ head: name });
          const { sizes: own, aspectRatios: ratios } = ANCHOR_SETS[name];
          take({ head: name, sizes: own, ratios, stride: TABLE_STRIDE });
        }}
      />
      {fetching !== null && <progress aria-label="Fetching the head" max={1} value={fetching} />}
      {seen && (
        <p className={styles.less}>
          {meaningOf(set, seen)}{' '}
          {!isSameSet(set, seen.trained) && (
            <button
              type="button"
              className={`button ${styles.inline}`}
              onClick={() =>
                take({
                  sizes: seen.trained.sizes.map(inRange),
                  ratios: seen.trained.aspectRatios,
                  stride: seen.stride,
                })
              }
            >
              <RotateCcw aria-hidden />
              The anchors it was trained for
            </button>
          )}
        </p>
      )}
    </div>
  );
}

/** What these anchors are to a head that was trained for its own. */
export function meaningOf(set: AnchorSet, { trained, answering, stride }: Reproposed): string {
  if (isSameSet(set, trained)) {
    return `As it was trained: ${trained.sizes.join(', ')} px, every ${stride} px. Move a size, and its answers are read again with the anchors you choose; the network does not run again.`;
  }
  const moved = set.sizes.flatMap((size, index) => {
    const own = trained.sizes[answering[index] ?? -1];
    return own === undefined || own === size ? [] : [`${own} px as ${Math.round(10 * size) / 10}`];
  });
  const unused = trained.sizes.filter((_, index) => !answering.includes(index));
  const isShared = new Set(answering).size < answering.length;
  const parts = [
    moved.length > 0 && `its ${moved.join(', ')}`,
    unused.length > 0 && `its ${unused.join(', ')} px left out`,
    isShared && 'sizes that it has none for share a neighbour’s answers',
    !isSameList(set.aspectRatios, trained.aspectRatios) && 'each ratio by the nearest it knows',
  ].filter((part) => part !== false);
  return `Its answers, every ${stride} px, read with your anchors: ${parts.join('; ')}. It tells moves as shares of an anchor, so this shows what the shape alone does; trained for yours, it would learn to answer otherwise.`;
}

const isSameSet = (a: AnchorSet, b: AnchorSet) =>
  isSameList(a.sizes, b.sizes) && isSameList(a.aspectRatios, b.aspectRatios);

const isSameList = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((value, index) => value === b[index]);
