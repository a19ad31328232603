/**
 * The model in use, and which others there are: those that the app serves, and any folder of the
 * visitor's own. What a model knows and how well it does is said here, before it is chosen. Until a
 * chosen one has been read and checked, the one before stays in use.
 */
import { Box, ChevronDown, FolderInput } from 'lucide-react';
import { Popover } from 'radix-ui';
import { FileButton } from '../FileButton.tsx';
import { megabytes, plural } from '../format.ts';
import { openModelFiles } from '../openFiles.ts';
import { useLoupe, useStores } from '../store/context.tsx';
import { ModelDetails } from './ModelDetails.tsx';
import styles from './ModelMenu.module.css';
import bar from './TopBar.module.css';

export function ModelMenu() {
  const { loupe } = useStores();
  const model = useLoupe((state) => state.model);
  const choosing = useLoupe((state) => state.choosing);
  const chosen = useLoupe((state) => state.chosen);
  const name = model?.name ?? chosen;
  const percent = choosing && `${Math.round(100 * choosing.fraction)} %`;
  return (
    <Popover.Root onOpenChange={(open) => open && loupe.getState().listModels()}>
      <Popover.Trigger
        className={`button ${styles.badge}`}
        aria-label={choosing ? `Model: loading ${choosing.name}, ${percent}` : `Model: ${name}`}
      >
        <Box aria-hidden />
        {choosing ? <span>{percent}</span> : <span className={bar.words}>{name}</span>}
        <ChevronDown aria-hidden className={bar.words} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className={`menu ${styles.panel}`}
          aria-label="Model"
          align="end"
          sideOffset={6}
          collisionPadding={8}
        >
          {choosing && percent && <Choosing name={choosing.name} percent={percent} />}
          <Choices />
          <div className={styles.own}>
            <FileButton accept="folder" onFiles={(files) => openModelFiles(loupe, files)}>
              <FolderInput aria-hidden />
              Use a model of your own
            </FileButton>
            <p>
              Choose or drop a folder that <code>loupe train detector</code> wrote. It is read in
              this browser and sent nowhere.
            </p>
          </div>
          {model && <ModelDetails model={model} />}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Choosing({ name, percent }: { name: string; percent: string }) {
  const { loupe } = useStores();
  return (
    <p className={styles.choosing}>
      <span>
        Loading {name}, {percent}
      </span>
      <button type="button" className="button" onClick={() => loupe.getState().cancelChoosing()}>
        Cancel
      </button>
    </p>
  );
}

function Choices() {
  const { loupe } = useStores();
  const models = useLoupe((state) => state.models);
  const chosen = useLoupe((state) => state.chosen);
  if (models.length === 0) return null;
  return (
    <fieldset className={styles.choices}>
      <legend className="hidden">Model</legend>
      {models.map(({ id, own, summary }) => (
        <label key={id} className={styles.choice}>
          <input
            type="radio"
            name="model"
            checked={id === chosen}
            onChange={() => loupe.getState().chooseModel(id)}
          />
          <span>
            <span className={styles.name}>{summary.name}</span>
            <span className={styles.less}>
              {plural(summary.classes.filter(({ shown }) => shown).length, 'kind')} of object,{' '}
              {megabytes(summary.bytes)} MB{own && ', your own, for this visit'}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
