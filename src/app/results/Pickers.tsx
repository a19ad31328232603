/**
 * How something is picked on the Results page: one of a few as a row of radio buttons, one of many
 * from a list, any number as a row of switches. Each has its name in front.
 */
import { useId } from 'react';
import styles from './Pickers.module.css';

interface Choice {
  readonly value: string;
  readonly title: string;
}

interface Props {
  readonly name: string;
  readonly choices: readonly Choice[];
}

interface OneOf extends Props {
  readonly value: string | undefined;
  readonly onPick: (value: string) => void;
}

/** Names that are their own titles. */
export const plain = (names: readonly string[]): Choice[] =>
  names.map((name) => ({ value: name, title: name }));

export function OneOfFew({ name, choices, value, onPick }: OneOf) {
  const group = useId();
  return (
    <fieldset className={styles.picker}>
      <legend className={styles.name}>{name}</legend>
      <div className={styles.row}>
        {choices.map((choice) => (
          <label key={choice.value} className={styles.choice}>
            <input
              type="radio"
              name={group}
              checked={choice.value === value}
              onChange={() => onPick(choice.value)}
            />
            <span>{choice.title}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function OneOfMany({ name, choices, value, onPick }: OneOf) {
  return (
    <label className={styles.picker}>
      <span className={styles.name}>{name}</span>
      <select
        className={styles.select}
        value={value}
        onChange={(event) => onPick(event.target.value)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.title}
          </option>
        ))}
      </select>
    </label>
  );
}

interface AnyOf extends Props {
  readonly values: readonly string[];
  readonly onPick: (values: readonly string[]) => void;
}

export function AnyOf({ name, choices, values, onPick }: AnyOf) {
  const toggle = (value: string) =>
    onPick(values.includes(value) ? values.filter((other) => other !== value) : [...values, value]);
  return (
    <fieldset className={styles.picker}>
      <legend className={styles.name}>{name}</legend>
      <div className={styles.row}>
        {choices.map(({ value, title }) => (
          <label key={value} className={styles.choice}>
            <input
              type="checkbox"
              checked={values.includes(value)}
              onChange={() => toggle(value)}
            />
            <span>{title}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
