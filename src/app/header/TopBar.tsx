/**
 * The header: name and pages on the left, the open photo in the middle; on the right what can be done with
 * it, the model, how closely it looks, and the engine.
 */

import { FolderOpen, Moon, Sun } from 'lucide-react';
import { IconButton } from '../IconButton.tsx';
import { OpenButton } from '../OpenButton.tsx';
import { useLoupe, usePages, usePreferences, useStores } from '../store/context.tsx';
import { addressOf, PAGE_TITLES, PAGES } from '../store/pages.ts';
import { Tip } from '../Tip.tsx';
import { EngineMenu } from './EngineMenu.tsx';
import { ExamplesMenu } from './ExamplesMenu.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import { ModelMenu } from './ModelMenu.tsx';
import { QualityMenu } from './QualityMenu.tsx';
import styles from './TopBar.module.css';

export function TopBar() {
  const page = usePages((state) => state.page);
  const hasPhoto = useLoupe((state) => state.photo !== null) && page === 'detect';
  return (
    <header className={styles.bar} data-photo={hasPhoto || undefined}>
      <Logo isButton={hasPhoto} />
      <PageLinks />
      {hasPhoto ? <PhotoName /> : <div className={styles.photo} />}
      <div className={styles.tools}>
        {hasPhoto && (
          <>
            <OpenButton label="Open photo">
              <FolderOpen aria-hidden />
              <span className={styles.words}>Open photo</span>
            </OpenButton>
            <ExamplesMenu />
            <ExportMenu />
          </>
        )}
        <ModelMenu />
        <QualityMenu />
        <EngineMenu />
        <ThemeButton />
      </div>
    </header>
  );
}

/** Links, so that a page can be opened in another tab; picks are kept on the way back to a page. */
function PageLinks() {
  const page = usePages((state) => state.page);
  const picks = usePages((state) => state.picks);
  const progress = useLoupe((state) => (state.run === 'running' ? state.progress : null));
  return (
    <nav aria-label="Pages" className={styles.pages}>
      {PAGES.map((name) => (
        <a
          key={name}
          href={addressOf(name, picks[name] ?? {})}
          aria-current={name === page ? 'page' : undefined}
        >
          {PAGE_TITLES[name]}
          {name === 'detect' && page !== name && progress && (
            <span className={styles.running}>{Math.round(100 * progress.fraction)} %</span>
          )}
        </a>
      ))}
    </nav>
  );
}

/** With a photo open the name leads back to the start, where the examples are. */
function Logo({ isButton }: { isButton: boolean }) {
  const { loupe } = useStores();
  const inside = (
    <>
      <svg viewBox="0 0 24 24" aria-hidden className={styles.mark}>
        <circle cx="12" cy="12" r="9.75" fill="none" stroke="currentColor" strokeWidth="2.5" />
        <rect x="8.75" y="9.25" width="6.5" height="5.5" rx="1" />
      </svg>
      <span className={styles.word}>Loupe</span>
    </>
  );
  return (
    <h1 className={styles.logo}>
      {isButton ? (
        <button
          type="button"
          aria-label="Loupe: close the photo and go to the start"
          onClick={() => loupe.getState().closePhoto()}
        >
          {inside}
        </button>
      ) : (
        inside
      )}
    </h1>
  );
}

function PhotoName() {
  const photo = useLoupe((state) => state.photo);
  if (!photo) return null;
  return (
    <p className={styles.photo}>
      <span className={styles.name} title={photo.name}>
        {photo.name}
      </span>
      <span className={styles.size}>
        {photo.width} × {photo.height} px
      </span>
    </p>
  );
}

function ThemeButton() {
  const theme = usePreferences((state) => state.theme);
  const { preferences } = useStores();
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <Tip text={`Switch to the ${other} theme`}>
      <IconButton
        label={`Switch to the ${other} theme`}
        onClick={() => preferences.getState().toggleTheme()}
      >
        {theme === 'dark' ? <Sun aria-hidden /> : <Moon aria-hidden />}
      </IconButton>
    </Tip>
  );
}
