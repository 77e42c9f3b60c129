import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Policy } from '#gen/bng/v1/common.js';
import { AttributeList } from '#lib/radius/attribute-list.js';
import { attribute } from '#lib/radius/attribute-row.js';
import { attributes } from '#lib/radius/attributes.js';
import { RadiusClient } from '#lib/radius/client.js';
import { Code } from '#lib/radius/codes.js';
import { causewayAttributes } from '#lib/radius/vendors/causeway.js';
import { type FreeRadius, startFreeRadius } from '../../../test/harness/freeradius.js';
import { policyRows, readGrant } from '../attribute-policy.js';

const key = { secret: Buffer.from('s'), requestAuthenticator: Buffer.alloc(16) };
const rows = policyRows(causewayAttributes());

interface Golden {
  readonly vendor: string;
  /** As in FreeRADIUS's users file, with the names of its own dictionaries. */
  readonly reply: readonly string[];
  /** The Vendor-Specific attributes as FreeRADIUS 3.2.1 sends them. */
  readonly hex: string;
  readonly policy: Partial<Policy>;
  readonly framedPool?: string;
  readonly delegatedPool?: string;
}

const golden: readonly Golden[] = [
  {
    vendor: 'cisco',
    reply: [
      'Cisco-AVPair += "ip:addr-pool=homes"',
      'Cisco-AVPair += "ip:inacl#1=walled"',
      'Cisco-AVPair += "ip:sub-qos-policy-in=gold"',
      'Cisco-AVPair += "ip:sub-qos-policy-out=gold"',
      'Cisco-Service-Info := "QU;20000000;2500000;5000000;D;100000000;12500000;25000000"',
    ],
    hex: '1a1a00000009011469703a616464722d706f6f6c3d686f6d65731a1900000009011369703a696e61636c23313d77616c6c65641a2100000009011b69703a7375622d716f732d706f6c6963792d696e3d676f6c641a2200000009011c69703a7375622d716f732d706f6c6963792d6f75743d676f6c641a4100000009fb3b51553b32303030303030303b323530303030303b353030303030303b443b3130303030303030303b31323530303030303b3235303030303030',
    policy: {
      aclIn: 'walled',
      profile: 'gold',
      uploadBps: 20_000_000n,
      uploadBurstBytes: 2_500_000n,
      downloadBps: 100_000_000n,
      downloadBurstBytes: 12_500_000n,
    },
    framedPool: 'homes',
  },
  {
    vendor: 'mikrotik',
    reply: ['Mikrotik-Rate-Limit := "10M/50M 20M/100M 8M/40M 16/16"'],
    hex: '1a2500003a8c081f31304d2f35304d2032304d2f3130304d20384d2f34304d2031362f3136',
    policy: {
      uploadBps: 10_000_000n,
      downloadBps: 50_000_000n,
      uploadBurstBytes: 8_000_000n,
      downloadBurstBytes: 40_000_000n,
    },
  },
  {
    vendor: 'wispr',
    reply: ['WISPr-Bandwidth-Max-Up := 5000000', 'WISPr-Bandwidth-Max-Down := 30000000'],
    hex: '1a0c0000372a0706004c4b401a0c0000372a080601c9c380',
    policy: { uploadBps: 5_000_000n, downloadBps: 30_000_000n },
  },
  {
    vendor: 'erx',
    reply: [
      'ERX-Address-Pool-Name := "homes"',
      'ERX-Ingress-Policy-Name := "from-homes"',
      'ERX-Egress-Policy-Name := "to-homes"',
      'ERX-Qos-Profile-Name := "gold"',
      'ERX-CoS-Shaping-Pmt-Type := "T02 100m"',
      'ERX-IPv6-Delegated-Pool-Name := "homes6"',
    ],
    hex: '1a0d0000130a0207686f6d65731a120000130a0a0c66726f6d2d686f6d65731a100000130a0b0a746f2d686f6d65731a0c0000130a1a06676f6c641a100000130a6c0a543032203130306d1a0e0000130aa108686f6d657336',
    policy: { aclIn: 'from-homes', aclOut: 'to-homes', profile: 'gold', downloadBps: 100_000_000n },
    framedPool: 'homes',
    delegatedPool: 'homes6',
  },
  {
    vendor: 'huawei',
    reply: [
      'Huawei-Input-Average-Rate := 20000000',
      'Huawei-Output-Average-Rate := 100000000',
      'Huawei-Qos-Profile-Name := "gold"',
    ],
    hex: '1a0c000007db020601312d001a0c000007db050605f5e1001a0c000007db1f06676f6c64',
    policy: { uploadBps: 20_000_000n, downloadBps: 100_000_000n, profile: 'gold' },
  },
  {
    vendor: 'nokia',
    reply: [
      'Alc-SLA-Prof-Str := "gold"',
      'Alc-Subscriber-QoS-Override += "i:q:1:pir=40000,cir=20000,mbs=32000,cbs=16000"',
      'Alc-Subscriber-QoS-Override += "e:r:rate=800000"',
    ],
    hex: '1a0c0000197f0d06676f6c641a350000197f7e2f693a713a313a7069723d34303030302c6369723d32303030302c6d62733d33323030302c6362733d31363030301a170000197f7e11653a723a726174653d383030303030',
    policy: { profile: 'gold', uploadBps: 40_000_000n, uploadBurstBytes: 32_000n, downloadBps: 800_000_000n },
  },
  {
    vendor: 'causeway',
    reply: [
      'Causeway-Download-Kbps := 100000',
      'Causeway-Upload-Kbps := 20000',
      'Causeway-Download-Burst-Bytes := 1250000',
      'Causeway-Upload-Burst-Bytes := 250000',
      'Causeway-ACL-In := "walled"',
      'Causeway-ACL-Out := "cap"',
      'Causeway-Profile := "gold"',
    ],
    hex: '1a0c00007ed90106000186a01a0c00007ed9020600004e201a0c00007ed90306001312d01a0c00007ed904060003d0901a0e00007ed9050877616c6c65641a0b00007ed906056361701a0c00007ed90806676f6c64',
    policy: {
      downloadBps: 100_000_000n,
      uploadBps: 20_000_000n,
      downloadBurstBytes: 1_250_000n,
      uploadBurstBytes: 250_000n,
      aclIn: 'walled',
      aclOut: 'cap',
      profile: 'gold',
    },
  },
];

const given = (policy: Policy) => Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined));
function read(list: AttributeList): object {
  const grant = readGrant(list, rows);
  return 'policy' in grant
    ? {
        policy: given(grant.policy),
        framedPool: grant.framedPool,
        delegatedPool: grant.ipv6?.delegatedPool,
        withoutCounterpart: grant.withoutCounterpart,
      }
    : grant;
}
const expected = ({ policy, framedPool, delegatedPool }: Golden) => ({
  policy,
  framedPool,
  delegatedPool,
  withoutCounterpart: [],
});

/** Attributes 26 of a packet, type and length included. */
function vendorBytes(list: AttributeList): string {
  return list.attributes
    .filter(({ vendor }) => vendor !== 0)
    .map(({ vendor, type, value }) => {
      const head = Buffer.alloc(8);
      head.writeUInt8(26, 0);
      head.writeUInt8(value.length + 8, 1);
      head.writeUInt32BE(vendor, 2);
      head.writeUInt8(type, 6);
      head.writeUInt8(value.length + 2, 7);
      return Buffer.concat([head, value]).toString('hex');
    })
    .join('');
}

function fromHex(hex: string): AttributeList {
  const bytes = Buffer.from(hex, 'hex');
  const found = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt8(at + 1))
    found.push({ type: bytes.readUInt8(at), value: bytes.subarray(at + 2, at + bytes.readUInt8(at + 1)), offset: 0 });
  return AttributeList.of(found, key);
}

describe('golden bytes of each vendor', () => {
  it.each(golden.map((row) => [row.vendor, row] as const))('%s', (_, row) => {
    expect(read(fromHex(row.hex))).toEqual(expected(row));
  });
});

describe('each vendor as FreeRADIUS sends it by the names of its own dictionaries', () => {
  let server: FreeRadius;
  let client: RadiusClient;
  beforeAll(async () => {
    const users = golden.map(
      ({ vendor, reply }) => `${vendor} Cleartext-Password := "causeway"\n\t${reply.join(',\n\t')}\n`,
    );
    server = await startFreeRadius({ users: users.join('\n') });
    const secret = Buffer.from(server.secret);
    client = new RadiusClient({ servers: [{ name: 'f', host: server.listen, port: server.authPort, secret }] });
    await client.start();
  }, 60_000);
  afterAll(async () => {
    await client?.stop();
    await server?.stop();
  });

  it.each(golden.map((row) => [row.vendor, row] as const))(
    '%s',
    async (vendor, row) => {
      const outcome = await client.exchange(Code.accessRequest, [
        attribute(attributes.userName, vendor),
        attribute(attributes.userPassword, 'causeway'),
      ]);
      const list = 'attributes' in outcome ? outcome.attributes : new AttributeList([], key);
      expect(outcome.kind).toBe('accept');
      expect(vendorBytes(list)).toBe(row.hex);
      expect(read(list)).toEqual(expected(row));
    },
    40_000,
  );
});
