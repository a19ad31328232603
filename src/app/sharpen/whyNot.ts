/**
 * Why a second look cannot be had, in one plain sentence that also says what goes on. Files that are
 * missing are no fault of the visitor's: everything but the second look works without them.
 */
import { ModelError } from '../../core/models/modelError.ts';

/** @param what cannot be had: "second look", "super-resolution" */
export function whyNot(error: unknown, what: 'second look' | 'super-resolution'): string {
  const instead = {
    'second look': 'what you see is the detector’s own',
    'super-resolution': 'bicubic interpolation is shown',
  }[what];
  if (error instanceof ModelError && ['missing', 'html'].includes(error.fault)) {
    return `The model for the ${what} is not on this server; ${instead}.`;
  }
  const message = error instanceof Error ? error.message : String(error);
  const reason = message.replace(/[.\s]+$/, '');
  return `There is no ${what} (${reason}); ${instead}.`;
}
