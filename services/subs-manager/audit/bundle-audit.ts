import { SessionBundle } from '#gen/bng/v1/configd.js';
import { SessionState } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Dataplane } from '../clients/configd.js';
import type { SessionContext } from '../session/context.js';
import type { Restore } from '../session/restore.js';
import { asSessionId, type SessionId } from '../session/session-id.js';
import { compareSessions, type Difference, differingFields } from './compare.js';
import { finding, type PartResult } from './finding.js';
import { holdSessions } from './hold.js';

interface BundleAuditParts {
  readonly context: Pick<SessionContext, 'index' | 'serial' | 'owner'>;
  readonly dataplane: Pick<Dataplane, 'bundles' | 'apply' | 'remove'>;
  readonly restore: Pick<Restore, 'bundle'>;
}

const bundleText = (bundle: SessionBundle): string => JSON.stringify(SessionBundle.toJSON(bundle));

/** Active sessions beside what configd has been told of them. */
export class BundleAudit {
  constructor(private readonly parts: BundleAuditParts) {}

  /** Rejects while configd is away. */
  async run(repair: boolean): Promise<PartResult> {
    const { index, serial } = this.parts.context;
    const suspects = (await this.look()).map(({ id }) => id);
    if (suspects.length === 0) return { compared: index.count(SessionState.ACTIVE), findings: [] };
    return holdSessions(serial, suspects, async (held) => {
      const sure = (await this.look()).filter(({ id }) => held.has(id));
      const findings = [];
      for (const one of sure) findings.push(await this.told(one, repair));
      return { compared: index.count(SessionState.ACTIVE), findings };
    });
  }

  private async look(): Promise<Difference[]> {
    const { context, dataplane, restore } = this.parts;
    const held = await dataplane.bundles(context.owner);
    const expected = new Map<SessionId, string>();
    for (const session of context.index.inState(SessionState.ACTIVE)) {
      const bundle = await restore.bundle(session);
      if (bundle) expected.set(session.id, bundleText(bundle));
    }
    const found = new Map([...held].map(([id, bundle]) => [asSessionId(id), bundleText(bundle)]));
    return compareSessions(expected, found, (id) => context.index.get(id) !== undefined);
  }

  private async told({ id, fault, ...texts }: Difference, repair: boolean) {
    const one = finding('bundles', fault, id, { sessionId: id, ...differingFields(texts.expected, texts.found) });
    if (!repair) return one;
    try {
      return { ...one, repaired: true, note: await (fault === 'extra' ? this.remove(id) : this.apply(id)) };
    } catch (error) {
      return { ...one, note: BngError.from(error).message };
    }
  }

  private async remove(id: SessionId): Promise<string> {
    await this.parts.dataplane.remove(id);
    return 'removed';
  }

  private async apply(id: SessionId): Promise<string> {
    const session = this.parts.context.index.get(id);
    const bundle = session?.state === SessionState.ACTIVE ? await this.parts.restore.bundle(session) : undefined;
    if (!bundle) throw new BngError('stale', 'the session is not active any more');
    await this.parts.dataplane.apply(bundle);
    return 'applied again';
  }
}
