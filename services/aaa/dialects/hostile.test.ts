import { expect, it } from '@jest/globals';
import { HOSTILE_MS, hostileInputs, randomSource } from '#lib/net/mutate.testkit.js';
import { type Apply, emptyGrant, type Grant } from '../grant.js';
import { avPair, serviceInfo } from './cisco.js';
import { cosParameter } from './erx.js';
import { mikrotikRateLimit } from './mikrotik.js';
import { qosOverride } from './nokia.js';
import { ciscoAccountInfo } from './services.js';

/** Each reader of text, and texts that it understands. */
const readers: [string, Apply<string>, string[]][] = [
  [
    'Cisco-AVPair',
    avPair,
    ['ip:inacl#1=walled', 'ip:sub-qos-policy-in=gold', 'subscriber:command=activate-service', 'ip:addr-pool*homes'],
  ],
  [
    'Cisco-Service-Info',
    serviceInfo,
    ['QU;20000000;2500000;5000000;D;100000000;12500000;25000000', 'QU;64000;D;128000'],
  ],
  ['Cisco-Account-Info', ciscoAccountInfo, ['Aturbo', 'Nturbo']],
  ['ERX-Cos-Parameter', cosParameter, ['T02 10m', 'T02 512k', 'T01 x']],
  [
    'Alc-Subscriber-QoS-Override',
    qosOverride,
    ['i:q:1:pir=40000,cir=1000,mbs=5000', 'e:r:rate=100000', 'e:p:1:cir=max'],
  ],
  ['Mikrotik-Rate-Limit', mikrotikRateLimit, ['10M/50M 20M/100M 8M/40M 16/16 8 5M/25M', '512k']],
];

const ALPHABET = '0123456789MkGmg/;:,=#*- \t\r\n\0QUDTieqpr.äé€\u{1f600}ABCabcxyz';

/** `count` texts made of the samples: cut, with characters changed or repeated, or random altogether. */
function* texts(samples: readonly string[], count: number, seed: number): Generator<string> {
  const random = randomSource(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const letter = () => ALPHABET[below(ALPHABET.length)] ?? '';
  for (let n = 0; n < count; n++) {
    const sample = samples[n % samples.length] ?? '';
    if (n % 5 === 0) yield Array.from({ length: below(40) }, letter).join('');
    else if (n % 5 === 1) yield sample.slice(0, below(sample.length + 1)) + letter().repeat(below(200));
    else {
      const letters = [...sample];
      for (let changes = below(4); changes > 0; changes--) letters[below(letters.length)] = letter();
      yield letters.join('');
    }
  }
}

/** Rates and bursts that were taken are numbers that a policy can have. */
const isSound = ({ policy }: Grant): boolean =>
  [policy.uploadBps, policy.downloadBps, policy.uploadBurstBytes, policy.downloadBurstBytes].every(
    (value) => value === undefined || (value > 0n && value < 1n << 64n),
  );

it.each(readers)(
  '170,000 texts that may be a %s are understood or refused',
  (_, apply, samples) => {
    let [understood, refused] = [0, 0];
    const unsound: string[] = [];
    for (const sample of samples) expect(apply(emptyGrant(), sample)?.reason).not.toBe('malformed');
    for (const text of texts(samples, hostileInputs(170_000), 7)) {
      const grant = emptyGrant();
      const mistake = apply(grant, text);
      if (mistake === undefined) understood++;
      else refused++;
      if (mistake === undefined && !isSound(grant)) unsound.push(text);
    }
    expect(unsound).toEqual([]);
    expect(understood).toBeGreaterThan(1000);
    expect(refused).toBeGreaterThan(1000);
  },
  HOSTILE_MS,
);
