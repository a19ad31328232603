/** One of several choices in a menu: its name, what it means in a few words, and a check when chosen. */
import { Check } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import styles from './ChoiceItem.module.css';

export function ChoiceItem({ value, name, why }: { value: string; name: string; why: string }) {
  return (
    <DropdownMenu.RadioItem value={value} className="menuItem">
      <span className={styles.check}>
        <DropdownMenu.ItemIndicator>
          <Check aria-hidden />
        </DropdownMenu.ItemIndicator>
      </span>
      <span className={styles.option}>
        <span className={styles.optionName}>{name}</span>
        <span className={styles.why}>{why}</span>
      </span>
    </DropdownMenu.RadioItem>
  );
}
