/** The region as PNG files: either enlargement alone, or both side by side. */
import { Download } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { Tile } from '../../core/detection/slices.ts';
import { save } from '../export/save.ts';
import { useLoupe } from '../store/context.tsx';
import { type Pictures, SIDE_TITLES, type Side } from './sides.ts';

const SINGLE: readonly Side[] = ['sharpened', 'bicubic', 'nearest', 'difference'];
/** Between two pictures side by side, in pixels. */
const GAP = 8;

interface Props {
  readonly pictures: Pictures;
  readonly region: Tile;
  readonly scale: number;
}

export function ExportCrop({ pictures, region: { left, top }, scale }: Props) {
  const name = useLoupe((state) => state.photo?.name.replace(/\.[^.]+$/, '') ?? 'photo');
  const { bicubic, sharpened } = pictures;
  const write = async (canvas: OffscreenCanvas, what: string) =>
    save(
      await canvas.convertToBlob({ type: 'image/png' }),
      `${name}.${left}-${top}.x${scale}.${what}.png`,
    );
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button" disabled={!bicubic}>
        <Download aria-hidden />
        Export
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
        {bicubic && sharpened && (
          <DropdownMenu.Item
            className="menuItem"
            onSelect={() => void write(sideBySide(bicubic, sharpened), 'both')}
          >
            Both sides as PNG
          </DropdownMenu.Item>
        )}
        {SINGLE.map((side) => {
          const picture = pictures[side];
          return (
            picture && (
              <DropdownMenu.Item
                key={side}
                className="menuItem"
                onSelect={() => void write(picture, side)}
              >
                {SIDE_TITLES[side]} as PNG
              </DropdownMenu.Item>
            )
          );
        })}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function sideBySide(left: OffscreenCanvas, right: OffscreenCanvas): OffscreenCanvas {
  const canvas = new OffscreenCanvas(left.width + GAP + right.width, left.height);
  const context = canvas.getContext('2d');
  context?.drawImage(left, 0, 0);
  context?.drawImage(right, left.width + GAP, 0);
  return canvas;
}
