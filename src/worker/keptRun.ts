/**
 * What a run leaves behind for the Anchors page: the RPN's answers for every anchor, read back or still on
 * the device until the page asks, and the features of conv5_3, which stay there. From the answers proposals with
 * other anchors are chosen at every tick of a slider; on the features the small heads of Table I run,
 * once each. The trunk never runs again.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { AnchorSet } from '../core/anchors/sets.ts';
import type { FirstStage } from '../core/detection/options.ts';
import { answeringSizes, redecode } from '../core/detection/redecode.ts';
import type { Proposals } from '../core/detection/rpn.ts';
import type { KeptAnswer, RpnAnswer } from '../core/detection/rpnAnswer.ts';
import { rpnFromModel, type TrainedRpn } from '../core/detection/rpnModel.ts';
import { restoreBoxes } from '../core/detection/transform.ts';
import { requireTrunk } from '../core/detection/trunk.ts';
import type { Picture } from '../core/detection/types.ts';
import { type LoadedModel, loadModel } from '../core/models/loader.ts';
import type { Manifest } from '../core/models/manifest.ts';
import { openShardCache } from '../engine/shardCache.ts';
import { type ModelPlace, openPlace } from './modelPlaces.ts';
import type { ProposalList, Reproposed } from './protocol.ts';
import type { Report } from './wire.ts';

/** The detector's own head among the heads. */
const OWN_HEAD = '';

/** What one pass over the whole photo said, by head. */
interface Kept {
  /** numbers of the photo and the model, as the client has them */
  readonly photo: number;
  readonly model: number;
  readonly working: FirstStage['working'];
  /** the photo's own pixels; the picture itself may be large */
  readonly size: { readonly width: number; readonly height: number };
  readonly conv5_3: tf.Tensor4D;
  /** of the detector's own head */
  readonly own: KeptAnswer;
  /** of the heads of Table I */
  readonly answers: Map<string, RpnAnswer>;
  readonly asTrained: Map<string, ProposalList>;
}

interface Head extends TrainedRpn {
  readonly model: LoadedModel;
}

/** Looks on while a run goes on; what it saw is kept only once that has succeeded. */
export interface Onlooker {
  readonly onFirstStage: (stage: FirstStage) => void;
  keep(photo: number, model: number): void;
  /** how many tensors it holds */
  readonly tensors: number;
  /** Lets go what was not kept; may be called in either case. */
  end(): void;
}

export class KeptRun {
  private kept: Kept | undefined;
  private readonly heads = new Map<string, Head>();

  /** @param inTurn lets no two pieces of work compute at once; left out where there is but one */
  constructor(
    private readonly inTurn: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
  ) {}

  /** Of several passes over the whole photo the one that sees it largest is kept. */
  watch(photo: Picture): Onlooker {
    let seen: { working: FirstStage['working']; own: KeptAnswer; conv5_3: tf.Tensor4D } | undefined;
    const end = () => {
      seen?.conv5_3.dispose();
      seen?.own.dispose();
      seen = undefined;
    };
    return {
      get tensors() {
        return seen ? 1 + seen.own.tensors : 0;
      },
      onFirstStage: ({ picture, working, conv5_3, answer }) => {
        const isWhole = picture === photo;
        if (!isWhole || (seen && seen.working.width >= working.width)) return;
        end();
        seen = { working, own: answer.clone(), conv5_3: conv5_3.clone() };
      },
      keep: (id, model) => {
        if (!seen) return;
        this.forget();
        const size = { width: photo.width, height: photo.height };
        const answers = new Map<string, RpnAnswer>();
        const asTrained = new Map<string, ProposalList>();
        this.kept = { photo: id, model, ...seen, size, answers, asTrained };
        seen = undefined;
      },
      end,
    };
  }

  /** Frees what was kept, of one model where told; the heads stay. */
  forget(model?: number): void {
    if (!this.kept || (model !== undefined && model !== this.kept.model)) return;
    this.kept.conv5_3.dispose();
    this.kept.own.dispose();
    this.kept = undefined;
  }

  /**
   * Makes a head ready: downloads it, unless that was done before.
   * @throws ModelError as the loader, or where it is no RPN
   */
  async prepare(head: ModelPlace | null, report: Report, signal: AbortSignal): Promise<void> {
    if (!head || this.heads.has(keyOf(head))) return;
    const { source, cache } = await openPlace(head, await openShardCache());
    const message = 'Downloading the head';
    const model = await loadModel(source, {
      signal,
      inTurn: this.inTurn,
      ...(cache && { cache }),
      onProgress: (bytesDone, bytesTotal) => {
        const within = bytesDone / bytesTotal;
        report({ stage: 'download', within, message, bytesDone, bytesTotal });
      },
    });
    const before = this.heads.get(keyOf(head)); // two callers may have asked at once
    try {
      if (before) model.dispose();
      else this.heads.set(keyOf(head), { ...rpnFromModel(model), model });
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  /**
   * The proposals of a head with these anchors, on what was kept; null where that is of another photo
   * or model. One readback the first time that a head is asked, none otherwise; none of the detector's own
   * where its answer was read back by the run.
   *
   * @param head prepared before; null for the detector's own
   * @param detector the manifest of the model in use
   * @throws ModelError where the head was trained on another trunk
   */
  async propose(
    about: { readonly photo: number; readonly model: number; readonly set: AnchorSet },
    head: ModelPlace | null,
    detector: Manifest,
  ): Promise<Reproposed | null> {
    const { kept } = this;
    if (kept?.photo !== about.photo || kept.model !== about.model) return null;
    const key = head ? keyOf(head) : OWN_HEAD;
    const answer = head
      ? (kept.answers.get(key) ?? (await this.ask(kept, key, detector)))
      : await kept.own.read();
    const { width, height, scaleX } = kept.working;
    const list = (set: AnchorSet) => listOf(redecode(answer, set, { width, height }), kept);
    const asTrained = kept.asTrained.get(key) ?? list(answer.set);
    kept.asTrained.set(key, asTrained);
    const { rows, columns, stride, set } = answer;
    return {
      ...{ width, height, scale: scaleX, rows, columns, stride, trained: set, asTrained },
      answering: answeringSizes(about.set.sizes, set.sizes),
      tuned: list(about.set),
    };
  }

  /** Runs a head on the features that were kept. */
  private async ask(kept: Kept, key: string, detector: Manifest): Promise<RpnAnswer> {
    const head = this.heads.get(key);
    if (!head) throw new Error('the head was not prepared');
    requireTrunk(`The head ${head.model.manifest.name}`, head.config.trunk, detector);
    const answer = await head.rpn.answer(kept.conv5_3);
    kept.answers.set(key, answer);
    return answer;
  }
}

const keyOf = (place: ModelPlace): string => ('url' in place ? place.url : 'own');

/** In pixels of the photo. */
function listOf({ boxes, objectness }: Proposals, { working, size }: Kept): ProposalList {
  return { boxes: restoreBoxes(boxes, working, size), objectness };
}
