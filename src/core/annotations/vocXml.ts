/**
 * Boxes of Pascal VOC: one XML file a picture, with its size and its objects.
 *
 * VOC counts pixels from 1 and names the first and the last one of an object, so a box here begins
 * one pixel before its "xmin". (Some tools write plain coordinates instead; nothing in the file
 * tells, and the difference is one pixel.)
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { AnnotationError } from './annotationError.ts';
import { BoxCollector, type BoxSet } from './boxSet.ts';
import type { AnnotationFile } from './files.ts';

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  // No file of boxes needs entities, and they can be made to grow without end.
  processEntities: false,
  isArray: (_, path) => path === 'annotation.object',
});

interface Voc {
  readonly annotation?: {
    readonly size?: { readonly width?: string; readonly height?: string };
    readonly object?: readonly { readonly bndbox?: Readonly<Record<string, string>> }[];
  };
}

/**
 * @param files one a picture
 * @param name what to call them together in sentences
 * @throws AnnotationError that names the file, where it is not XML with line and column
 */
export function vocBoxes(files: readonly AnnotationFile[], name: string): BoxSet {
  const collector = new BoxCollector();
  for (const { name: file, text } of files) {
    const valid = XMLValidator.validate(text);
    if (valid !== true) {
      const { line, col, msg } = valid.err;
      if (isCut(text)) {
        throw new AnnotationError(
          `${file} ends too early, in line ${text.trimEnd().split('\n').length}, and may be cut; copy it again.`,
        );
      }
      throw new AnnotationError(
        `${file} is not XML: line ${line}, column ${col}: ${msg.replace(/\.$/, '')}.`,
      );
    }
    const { annotation } = parser.parse(text) as Voc;
    if (annotation === undefined) {
      throw new AnnotationError(
        `${file} is XML, but no VOC annotation: it must be an <annotation> with <size> and <object>.`,
      );
    }
    const size = [annotation.size?.width, annotation.size?.height].map(Number);
    const [width = Number.NaN, height = Number.NaN] = size;
    if (!(width > 0 && height > 0)) {
      throw new AnnotationError(
        `${file} has no <size> with <width> and <height>, which anchors need.`,
      );
    }
    const picture = collector.addPicture(width, height);
    annotation.object?.forEach(({ bndbox }) => {
      const edges = ['xmin', 'ymin', 'xmax', 'ymax'].map((key) => Number(bndbox?.[key] || 'none'));
      const [xmin, ymin, xmax, ymax] = edges as [number, number, number, number];
      if (edges.some(Number.isNaN)) {
        collector.skip('broken');
        return;
      }
      // A box without an area has equal ends, not one pixel.
      const [right, bottom] = [xmax > xmin ? xmax : xmin - 1, ymax > ymin ? ymax : ymin - 1];
      collector.add(picture, xmin - 1, ymin - 1, right - xmin + 1, bottom - ymin + 1);
    });
  }
  return collector.finish(name);
}

/** Whether the element that a text begins with is never closed. */
function isCut(text: string): boolean {
  const root = /<([a-z_][\w.-]*)/i.exec(text)?.[1];
  return root !== undefined && !new RegExp(`</${root}\\s*>`).test(text);
}
