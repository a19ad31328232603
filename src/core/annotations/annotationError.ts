/**
 * Annotations are not what they should be; `message` is one plain sentence for the person who
 * brought the file, in the browser and on the command line alike.
 */
export class AnnotationError extends Error {
  override name = 'AnnotationError';
}
