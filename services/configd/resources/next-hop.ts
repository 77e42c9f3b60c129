import { z } from 'zod';
import { resource } from '../reconcile/resource.js';
import { ipText } from './fields.js';
import { interfaceKey, vrfKey } from './names.js';

const schema = z.strictObject({
  name: z.string().min(1),
  address: ipText,
  /** Neighbour on this interface; absent: looked up in the VRF. */
  interface: interfaceKey.optional(),
  vrf: vrfKey.optional(),
  probe: z.strictObject({
    intervalMs: z.int().min(100),
    timeoutMs: z.int().min(50),
    failures: z.int().min(1),
    successes: z.int().min(1),
    returnAfterMs: z.int().min(0),
    maxReturnAfterMs: z.int().min(0),
  }),
});
export type NextHopSpec = z.infer<typeof schema>;

export const nextHopKind = 'next-hop';

/**
 * A next hop that is watched. Nothing of it is in VPP: the next-hop monitor takes it from what is wanted, and routes name it.
 * It is a resource so that it is diffed, versioned and rolled back like all else.
 */
export const nextHop = resource<NextHopSpec, null>({
  kind: nextHopKind,
  schema,
  key: (spec) => `${nextHopKind}/${spec.name}`,
  needs: () => [],
  create: async () => null,
  update: async () => null,
  remove: async () => {},
});
