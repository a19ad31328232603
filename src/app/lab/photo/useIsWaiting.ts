/** Whether the detector has yet to say what is in the photo: until then nothing is judged. */
import { useLoupe } from '../../store/context.tsx';

export const useIsWaiting = (): boolean =>
  useLoupe(({ run, result }) => run === 'running' && result === null);
