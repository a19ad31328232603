/** A worker that looks at one photo after another. */
import type { Sight } from '../detecting.ts';
import type { Photo } from '../photoList.ts';
import { loadSeeing, type SeeingSetup } from '../seeing.ts';
import { member } from './member.ts';

export default member<SeeingSetup, Photo, Sight>(async (setup) => (await loadSeeing(setup)).see);
