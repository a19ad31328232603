/**
 * A breath between two layers: lets waiting messages in, such as a cancel, while tfjs computes.
 * Timers would do, too, but browsers make nested ones wait 4 ms.
 */
const breathing = new MessageChannel();
breathing.port1.start();

/** Resolves once the messages that waited have been heard. */
export function breath(): Promise<void> {
  return new Promise((resolve) => {
    breathing.port1.addEventListener('message', () => resolve(), { once: true });
    breathing.port2.postMessage(null);
  });
}
