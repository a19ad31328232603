/** The button that opens a photo, wherever it stands. */
import type { ReactNode } from 'react';
import { FileButton } from './FileButton.tsx';
import { openFiles } from './openFiles.ts';
import { useStores } from './store/context.tsx';

interface Props {
  readonly children: ReactNode;
  /** The accessible name where the children are an icon alone. */
  readonly label?: string;
  readonly main?: boolean;
  readonly className?: string;
}

export function OpenButton(props: Props) {
  const { loupe } = useStores();
  return <FileButton {...props} accept="image/*" onFiles={(files) => openFiles(loupe, files)} />;
}
