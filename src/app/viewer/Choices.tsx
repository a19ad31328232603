/** A few things of which one is chosen, side by side: arrows move, as between radio buttons. */
import { RadioGroup } from 'radix-ui';
import styles from './Viewer.module.css';

interface Choice<T extends string> {
  readonly value: T;
  readonly name: string;
  readonly disabled?: boolean;
}

interface Props<T extends string> {
  /** what is chosen, for those who hear the page */
  readonly label: string;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  onChange(value: T): void;
}

export function Choices<T extends string>({ label, value, choices, onChange }: Props<T>) {
  return (
    <RadioGroup.Root
      className={styles.choices}
      aria-label={label}
      orientation="horizontal"
      value={value}
      onValueChange={(chosen) => onChange(chosen as T)}
    >
      {choices.map(({ value, name, disabled }) => (
        <RadioGroup.Item
          key={value}
          className={styles.choice}
          value={value}
          disabled={disabled ?? false}
        >
          {name}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
