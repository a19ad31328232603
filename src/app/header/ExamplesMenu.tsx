/** The example photos from anywhere in the app, as a menu with small pictures. */
import { Images } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useEffect, useState } from 'react';
import { type Example, fetchExample, loadExamples, thumbnailOf } from '../examples.ts';
import { useStores } from '../store/context.tsx';
import styles from './ExamplesMenu.module.css';
import bar from './TopBar.module.css';

export function ExamplesMenu() {
  const { loupe } = useStores();
  const [examples, setExamples] = useState<readonly Example[]>([]);
  useEffect(() => {
    void loadExamples().then(setExamples);
  }, []);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button" aria-label="Example photos">
        <Images aria-hidden />
        <span className={bar.words}>Examples</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
        {examples.map((example) => (
          <DropdownMenu.Item
            key={example.file}
            className="menuItem"
            onSelect={() =>
              loupe.getState().openPhoto(() => fetchExample(example), example.file, example)
            }
          >
            <img className={styles.thumbnail} src={thumbnailOf(example)} alt="" />
            <span className={styles.words}>
              {example.title}
              <span className={styles.author}>
                {example.author}, {example.licence}
              </span>
            </span>
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
