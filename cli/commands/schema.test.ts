import { afterEach, describe, expect, test } from '@jest/globals';
import { type Fakes, runCaptured, startFakes } from '../fake-services.testkit.js';

let fakes: Fakes | undefined;
afterEach(async () => fakes?.stop());

describe('bngctl schema', () => {
  test.each([[['schema']], [['--json', 'schema']]])('%j prints what configd serves', async (args) => {
    fakes = await startFakes({ schema: () => ({ json: '{"title":"Causeway","type":"object"}' }) });
    expect(await fakes.run(args)).toEqual({
      code: 0,
      out: '{\n  "title": "Causeway",\n  "type": "object"\n}\n',
      err: '',
    });
  });

  test('says when configd is away', async () => {
    expect(await runCaptured(['schema', '--configd', '127.0.0.1:1'])).toMatchObject({ code: 5, out: '' });
  });
});
