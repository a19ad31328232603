/**
 * The whole app on a fake worker, for looking at its states without a model: serve the repository
 * with `npx vite` and open /tests/support/fakePage/?result=many|none|low&pace=fast|slow&fail=start|detect|model.
 * It is no entry of the build and never ships.
 */
import { mountApp } from '../../../src/app/mount.tsx';
import { FakeClient, type FakeSettings } from './fakeClient.ts';

const asked = new URLSearchParams(location.search);
const settings: FakeSettings = {
  result: (asked.get('result') ?? 'some') as FakeSettings['result'],
  pace: (asked.get('pace') ?? 'fast') as FakeSettings['pace'],
  fail: asked.get('fail') as FakeSettings['fail'],
};

mountApp(
  document.getElementById('root') as HTMLElement,
  (backend) => new FakeClient(backend, settings),
);
