import { describe, expect, it } from '@jest/globals';
import { AccessIdentity } from '#gen/bng/v1/aaa.js';
import { systemClock } from '#lib/kernel/clock.js';
import { silentLog } from '#lib/kernel/log.js';
import { Registry } from '#lib/kernel/metrics.js';
import { AttributeList, encodeAttributes } from '#lib/radius/attribute-list.js';
import { type AttributeInput, attribute } from '#lib/radius/attribute-row.js';
import { attributes } from '#lib/radius/attributes.js';
import { RadiusClient } from '#lib/radius/client.js';
import { causewayAttributes } from '#lib/radius/vendors/causeway.js';
import { cisco } from '#lib/radius/vendors/cisco.js';
import { policyRows } from './attribute-policy.js';
import { Fallback } from './fallback.js';
import { aaaMetrics } from './metrics.js';
import { Authorizer } from './service.js';

const causeway = causewayAttributes();
const key = { secret: Buffer.from('s'), requestAuthenticator: Buffer.alloc(16) };
const received = (inputs: AttributeInput[]) =>
  AttributeList.of(
    encodeAttributes(inputs, key).map((a) => ({ ...a, offset: 0 })),
    key,
  );

type Outcome = Awaited<ReturnType<RadiusClient['exchange']>>;

/** An authorizer whose servers answer `outcome`. */
function authorizer(outcome: Outcome | Error, unknownAttributes: 'ignore' | 'log' | 'reject' = 'ignore') {
  const sent: AttributeInput[][] = [];
  class Answering extends RadiusClient {
    override async exchange(_: unknown, inputs: readonly AttributeInput[]): Promise<Outcome> {
      sent.push([...inputs]);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    }
  }
  const client = new Answering({ servers: [] });
  const fallback = new Fallback({
    config: { mode: 'deny', maxAgeS: 1, groups: {} },
    answers: { keep: async () => {}, forget: async () => {}, find: async () => undefined },
    clock: systemClock,
    log: silentLog(),
  });
  const metrics = aaaMetrics(new Registry());
  const made = new Authorizer({
    config: {
      nas: { identifier: 'bng1', portType: 15 },
      userName: '{interface}.{outerVlan}.{innerVlan}',
      unknownAttributes,
      authMethod: 'pap' as const,
    },
    password: 'secret',
    causeway,
    rows: policyRows(causeway),
    clients: { auth: client, acct: client },
    fallback,
    metrics,
    log: silentLog(),
    clock: systemClock,
  });
  return { made, sent, metrics };
}

const identity = AccessIdentity.fromPartial({
  line: { name: 'access.100.7', parent: 'access', outerVlan: 100, innerVlan: 7, vrf: 'customers' },
  mac: '02:00:00:00:00:07',
  circuitId: Buffer.alloc(255, 1),
  remoteId: Buffer.from('cpe'),
});
const answer = (kind: 'accept' | 'reject' | 'challenge', inputs: AttributeInput[]): Outcome => ({
  kind,
  server: 'r1',
  roundTripMs: 1,
  attributes: received(inputs),
});

describe('Authorizer', () => {
  it('asks with everything that is known of the line', async () => {
    const { made, sent } = authorizer(answer('accept', []));
    await made.authorize('s1', identity);
    expect(Object.fromEntries((sent[0] ?? []).map(({ row, value }) => [row.name, value]))).toEqual({
      'User-Name': 'access.100.7',
      'User-Password': 'secret',
      'Service-Type': 2,
      'Acct-Session-Id': 's1',
      'NAS-Identifier': 'bng1',
      'NAS-Port-Type': 15,
      'NAS-Port': 409607,
      'Calling-Station-Id': '02:00:00:00:00:07',
      'NAS-Port-Id': 'access.100.7',
      'Causeway-Line-Id': 'access.100.7',
      'Causeway-VRF': 'customers',
      'ADSL-Agent-Circuit-Id': Buffer.alloc(247, 1),
      'ADSL-Agent-Remote-Id': Buffer.from('cpe'),
    });
  });

  it('takes the name that the server gives', async () => {
    const { made } = authorizer(answer('accept', [attribute(attributes.userName, 'customer-9')]));
    expect(await made.authorize('s1', identity)).toMatchObject({ accepted: true, userName: 'customer-9' });
  });

  it.each<[string, Outcome, string | undefined]>([
    ['a reject', answer('reject', [attribute(attributes.replyMessage, 'no')]), 'no'],
    ['a challenge', answer('challenge', []), 'challenged'],
    [
      'an accept with a rate of 0',
      answer('accept', [attribute(causeway.uploadKbps, 0)]),
      'Causeway-Upload-Kbps: must not be 0',
    ],
  ])('rejects on %s', async (_, outcome, replyMessage) => {
    const decision = await authorizer(outcome).made.authorize('s1', identity);
    expect(decision).toMatchObject({ accepted: false, grant: { policy: {}, replyMessage } });
  });

  it.each<[Outcome | Error, string]>([
    [{ kind: 'timeout' }, 'unavailable'],
    [{ kind: 'overload' }, 'exhausted'],
    [{ kind: 'cancelled' }, 'unavailable'],
    [new RangeError('User-Name: too long'), 'invalid_argument'],
  ])('%j is %s', async (outcome, code) => {
    await expect(authorizer(outcome).made.authorize('s1', identity)).rejects.toMatchObject({ code });
  });

  it.each([
    ['ignore', true],
    ['log', true],
    ['reject', false],
  ] as const)('takes attributes that nothing obeys by policy: %s', async (policy, accepted) => {
    const inputs = [attribute(attributes.framedMtu, 1400), attribute(cisco.avPair, 'shell:priv-lvl=15')];
    const { made, metrics } = authorizer(answer('accept', inputs), policy);
    expect(await made.authorize('s1', identity)).toMatchObject({ accepted });
    expect(await metrics.ignoredAttributes.get()).toMatchObject({ values: [{ value: 2 }] });
    const refused = await metrics.refusedAttributes.get();
    expect(refused.values.map(({ labels }) => labels)).toEqual(
      accepted ? [] : [{ attribute: 'unknown', reason: 'unknown-attribute' }],
    );
  });
});
