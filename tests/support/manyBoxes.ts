/** A COCO ground truth of more boxes than a sample would keep, the same each time. */

/** @returns `pictures` pictures of ten boxes each, from 6 to 200 pixels wide and high */
export function manyBoxes(pictures: number): object {
  let state = 1;
  const share = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  const images = Array.from({ length: pictures }, (_, at) => {
    return { id: at + 1, file_name: `${at + 1}.jpg`, width: 640, height: at % 2 ? 480 : 427 };
  });
  const annotations = images.flatMap(({ id, width, height }) =>
    Array.from({ length: 10 }, (_, at) => {
      const [wide, high] = [6 * 33 ** share(), 6 * 33 ** share()];
      const bbox = [share() * (width - wide), share() * (height - high), wide, high];
      return { id: 10 * id + at, image_id: id, category_id: 1, bbox, iscrowd: 0 };
    }),
  );
  return { images, annotations, categories: [{ id: 1, name: 'cup' }] };
}
