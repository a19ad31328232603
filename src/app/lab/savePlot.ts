/**
 * A plot as a file. On the page its colours are variables of the theme; a file lies elsewhere, so
 * they are written out as they are seen now, and the font becomes one that every machine has.
 */
import { SVG_NAMESPACE } from '../../plots/legend.ts';
import { save } from '../export/save.ts';

/** Pixels of a PNG for one of the page. */
const DENSITY = 2;

/** The SVG as text that needs nothing of this page. */
function standalone(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute('xmlns', SVG_NAMESPACE);
  copy.setAttribute('font-family', 'system-ui, sans-serif');
  // Where the pointer is says something to whoever moves it, not in a file.
  for (const line of copy.querySelectorAll('[data-pointer]')) line.remove();
  for (const element of copy.querySelectorAll('[style], [tabindex]')) {
    element.removeAttribute('style');
    element.removeAttribute('tabindex');
  }
  const probe = document.body.appendChild(document.createElement('i'));
  const text = new XMLSerializer().serializeToString(copy).replace(/var\(--[\w-]+\)/g, (name) => {
    probe.style.color = name;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return text;
}

/** @param name of the file, without its ending */
export async function savePlot(
  svg: SVGSVGElement,
  name: string,
  format: 'svg' | 'png',
): Promise<void> {
  const file = new Blob([standalone(svg)], { type: 'image/svg+xml' });
  if (format === 'svg') return save(file, `${name}.svg`);
  const url = URL.createObjectURL(file);
  const image = new Image();
  image.src = url;
  await image.decode();
  URL.revokeObjectURL(url);
  const { width, height } = svg.getBoundingClientRect();
  const canvas = new OffscreenCanvas(DENSITY * width, DENSITY * height);
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  save(await canvas.convertToBlob({ type: 'image/png' }), `${name}.png`);
}
