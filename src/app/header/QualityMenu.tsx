/**
 * Fast or Fine: how closely to look at photos, and what the closer look costs. Changing it with a
 * photo open looks again; what was found stays on screen until then.
 */
import { ChevronDown, Gauge, ScanSearch } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { Quality } from '../../worker/protocol.ts';
import { QUALITY_TITLES } from '../format.ts';
import { useLoupe, usePreferences, useStores } from '../store/context.tsx';
import { describeFast, describeFine } from '../words.ts';
import { ChoiceItem } from './ChoiceItem.tsx';
import styles from './EngineMenu.module.css';

export function QualityMenu() {
  const quality = usePreferences((state) => state.quality);
  const looks = useLoupe((state) => state.model?.looks);
  const { preferences } = useStores();
  const Icon = quality === 'fine' ? ScanSearch : Gauge;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        className={`button ${styles.badge}`}
        aria-label={`Look: ${QUALITY_TITLES[quality]}`}
      >
        <Icon aria-hidden />
        <span>{QUALITY_TITLES[quality]}</span>
        <ChevronDown aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className={`menu ${styles.menu}`} align="end" sideOffset={6}>
        <DropdownMenu.RadioGroup
          value={quality}
          onValueChange={(value) => preferences.getState().setQuality(value as Quality)}
        >
          <ChoiceItem value="fast" name={QUALITY_TITLES.fast} why={describeFast(looks)} />
          <ChoiceItem value="fine" name={QUALITY_TITLES.fine} why={describeFine(looks)} />
        </DropdownMenu.RadioGroup>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
