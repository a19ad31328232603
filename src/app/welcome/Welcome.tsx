/**
 * The first page: a contact sheet whose first frame is empty and waits for the visitor's photo, and
 * whose other frames are the examples, each with its author and licence.
 */
import { ImageUp } from 'lucide-react';
import { useEffect, useState } from 'react';
import { type Example, fetchExample, loadExamples, thumbnailOf } from '../examples.ts';
import { OpenButton } from '../OpenButton.tsx';
import { useLoupe, useStores } from '../store/context.tsx';
import { RunProgress } from '../strip/RunProgress.tsx';
import styles from './Welcome.module.css';

export function Welcome() {
  const [examples, setExamples] = useState<readonly Example[]>([]);
  useEffect(() => {
    void loadExamples().then(setExamples);
  }, []);
  return (
    <>
      <div className={styles.sheet}>
        <Invitation />
        {examples.map((example) => (
          <ExampleFrame key={example.file} example={example} />
        ))}
        {examples.length > 0 && <OnePercent />}
      </div>
      <footer className={styles.credits}>
        <h2>Photo credits</h2>
        <ul>
          {examples.map(({ file, line, licenceUrl }) => (
            <li key={file}>
              <a href={licenceUrl} target="_blank" rel="noreferrer">
                {line}
              </a>
            </li>
          ))}
        </ul>
      </footer>
    </>
  );
}

function Invitation() {
  const opening = useLoupe((state) => state.opening);
  return (
    <section className={styles.invitation} aria-labelledby="invitation">
      <h2 id="invitation">Find the small things in a photo</h2>
      <p>
        Cups, bottles, glasses, clocks, door handles: things that fill less than 1 % of the picture.
        It all runs in this browser; the photo never leaves it.
      </p>
      {opening === null ? (
        <div className={styles.ways}>
          <OpenButton main className={styles.open}>
            <ImageUp aria-hidden />
            Choose a photo
          </OpenButton>
          <span>or drop one anywhere, paste one, or try an example.</span>
        </div>
      ) : (
        <div className={styles.opening}>
          <RunProgress />
        </div>
      )}
    </section>
  );
}

/** The last frame of the sheet shows, to scale, what the word "small" means here. */
function OnePercent() {
  return (
    <figure className={styles.percent}>
      <svg viewBox="0 0 600 400" role="img" aria-label="A frame with a box of 1 % of its area">
        <rect x="270" y="180" width="60" height="40" rx="3" />
      </svg>
      <figcaption>
        <span className={styles.title}>1 % of a picture</span>
        <span className={styles.less}>to scale</span>
      </figcaption>
    </figure>
  );
}

function ExampleFrame({ example }: { example: Example }) {
  const { loupe } = useStores();
  const open = () => loupe.getState().openPhoto(() => fetchExample(example), example.file, example);
  return (
    <figure className={styles.example}>
      <button type="button" onClick={open} aria-label={`Open the example “${example.title}”`}>
        <img src={thumbnailOf(example)} alt="" width={600} height={400} />
      </button>
      <figcaption>
        <span className={styles.title}>{example.title}</span>
        <span className={styles.less}>{example.author}</span>
      </figcaption>
    </figure>
  );
}
