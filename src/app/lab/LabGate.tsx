/** The door to the Anchors page. */
import { notFetched, PageGate } from '../PageGate.tsx';

const load = () => import('./LabPage.tsx').then(({ LabPage }) => LabPage, notFetched('Anchors'));

export const LabGate = () => <PageGate title="Anchors" waiting="Fetching the page …" load={load} />;
