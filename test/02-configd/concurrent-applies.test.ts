import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataplaneView } from '../harness/dataplane-view.js';
import { bngctl, documentOf, Rig } from './rig.js';

const dropRoute = (n: number): string => `{ prefix: 192.0.2.${n}/32, drop: true }, `;

/** The document with one more route. */
const withRoute = (yaml: string, n: number): string => yaml.replace('routes: [', `routes: [${dropRoute(n)}`);

/** Each test goes on where the one before ended. */
describe('several people apply at once', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
    await rig.ready();
    await rig.apply(documentOf(2));
  }, 60_000);
  afterAll(() => rig?.stop());

  const hostRoutes = async (): Promise<string[]> => {
    const view = await DataplaneView.open(rig.sim.apiSocket);
    try {
      return (await view.hostRoutes()).filter((prefix) => prefix.startsWith('192.0.2.'));
    } finally {
      await view.close();
    }
  };

  const read = async () => {
    const { text, etag } = await rig.http('GET', '/config');
    return { text, etag: etag ?? '' };
  };

  const applyOn = (base: string, yaml: string) => rig.http('POST', '/config/apply', yaml, { 'if-match': base });

  it('on the same base: one of them is applied, the others are refused and change nothing', async () => {
    const base = await read();
    const written = Array.from({ length: 8 }, (_, n) => withRoute(base.text, n + 1));
    const answers = await Promise.all(written.map((yaml) => applyOn(base.etag, yaml)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(412)]);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect((await read()).text).toBe(written[winner]);
    expect(await hostRoutes()).toEqual([`192.0.2.${winner + 1}/32`]);
    expect((await rig.http('GET', '/config/history')).json.entries).toHaveLength(2);
  });

  it('and each reads again when it was refused: nobody’s change is lost', async () => {
    const addRoute = async (n: number): Promise<void> => {
      for (;;) {
        const base = await read();
        const { status } = await applyOn(base.etag, withRoute(base.text, n));
        if (status === 200) return;
        expect(status).toBe(412);
      }
    };
    await rig.apply(documentOf(2));
    await Promise.all([11, 12, 13, 14, 15].map(addRoute));
    expect(await hostRoutes()).toEqual([11, 12, 13, 14, 15].map((n) => `192.0.2.${n}/32`));
    expect((await rig.http('GET', '/config/plan')).json.steps).toEqual([]);
  }, 60_000);

  it('a rollback on an older base is refused as well, and so is one of the command line', async () => {
    const before = await read();
    const message = 'the configuration was changed meanwhile: read it again';
    const rollback = await rig.http('POST', '/config/rollback?version=1', '', { 'if-match': 'older' });
    expect(rollback).toMatchObject({ status: 412, json: { error: { code: 'stale', message } } });
    expect(await bngctl(rig, 'rollback', '1', '--etag', 'older')).toMatchObject({
      code: 1,
      err: expect.stringContaining(message),
    });
    expect(await read()).toEqual(before);
    expect(await bngctl(rig, 'rollback', '1', '--etag', before.etag.replaceAll('"', ''))).toMatchObject({ code: 0 });
    expect(await hostRoutes()).toEqual([]);
  });
});
