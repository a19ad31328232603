/** A tooltip for a button that shows only an icon: its name, and its key where it has one. */
import { Tooltip } from 'radix-ui';
import type { ReactElement } from 'react';

export function Tip({
  text,
  keys,
  children,
}: {
  text: string;
  keys?: string;
  children: ReactElement;
}) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Content className="tip" sideOffset={6} collisionPadding={8}>
        {text}
        {keys && <kbd>{keys}</kbd>}
      </Tooltip.Content>
    </Tooltip.Root>
  );
}
