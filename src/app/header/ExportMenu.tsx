/**
 * What can be taken away: the detections that are shown, as COCO JSON, and the photo with its boxes
 * as a PNG at full size. Both hold exactly what passes the threshold.
 */
import { Download } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { toCoco } from '../export/coco.ts';
import { pictureWithBoxes } from '../export/picture.ts';
import { save } from '../export/save.ts';
import { plural } from '../format.ts';
import { useLoupe, useShown, useStores } from '../store/context.tsx';
import bar from './TopBar.module.css';

export function ExportMenu() {
  const photo = useLoupe((state) => state.photo);
  const model = useLoupe((state) => state.result?.model ?? null);
  const done = useLoupe((state) => state.run === 'done');
  const shown = useShown();
  const { loupe } = useStores();
  if (!photo) return null;
  const stem = photo.name.replace(/\.[^.]+$/, '');

  const saveJson = () => {
    const text = JSON.stringify(toCoco(photo, shown, model), null, 2);
    save(new Blob([text], { type: 'application/json' }), `${stem}.detections.json`);
  };
  const savePicture = async () => {
    try {
      save(await pictureWithBoxes(photo, shown), `${stem}.detections.png`);
    } catch {
      loupe.getState().report('The picture is too large for this browser to write as a PNG.');
    }
  };

  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button" aria-label="Export" disabled={!done}>
        <Download aria-hidden />
        <span className={bar.words}>Export</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
        <DropdownMenu.Item className="menuItem" onSelect={saveJson}>
          {plural(shown.length, 'detection')} as COCO JSON
        </DropdownMenu.Item>
        <DropdownMenu.Item className="menuItem" onSelect={() => void savePicture()}>
          Photo with boxes as PNG
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
