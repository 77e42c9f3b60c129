import { type AuditPart, AuditResponse, SessionState } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Authorizer } from '../clients/aaa.js';
import type { Dataplane } from '../clients/configd.js';
import type { AddressAudit } from '../pool/audit.js';
import type { SessionIndex } from '../session/session-index.js';
import type { BundleAudit } from './bundle-audit.js';
import { type AuditPartName, finding, type PartResult } from './finding.js';
import type { RowAudit } from './row-audit.js';

interface SessionAuditParts {
  readonly rows: Pick<RowAudit, 'run'>;
  readonly addresses: Pick<AddressAudit, 'run'>;
  readonly bundles: Pick<BundleAudit, 'run'>;
  readonly dataplane: Pick<Dataplane, 'audit'>;
  readonly authorizer: Pick<Authorizer, 'auditAccounting'>;
  readonly index: SessionIndex;
}

/**
 * Goes through everything that should agree with the sessions, from memory outwards, and mends on the way what can be
 * mended, so that each part is compared with one that is right. A part that cannot be read says why; the others go on.
 */
export class SessionAudit {
  constructor(private readonly parts: SessionAuditParts) {}

  async run(repair: boolean): Promise<AuditResponse> {
    const order: [AuditPartName, () => Promise<PartResult>][] = [
      ['sessions', () => this.parts.rows.run(repair)],
      ['addresses', () => this.addresses(repair)],
      ['bundles', () => this.parts.bundles.run(repair)],
      ['dataplane', () => this.dataplane(repair)],
      ['accounting', () => this.accounting()],
    ];
    const answer = AuditResponse.create();
    for (const [name, work] of order) {
      const { part, findings } = await measured(name, work);
      answer.parts.push(part);
      answer.findings.push(...findings);
    }
    return answer;
  }

  private async addresses(repair: boolean): Promise<PartResult> {
    const found = await this.parts.addresses.run(repair);
    const findings = found.map(({ fault, vrf, ipv4, sessionId, repaired, note }) =>
      finding('addresses', fault, `${ipv4} in ${vrf}`, { sessionId, repaired, note }),
    );
    return { compared: this.parts.index.count(SessionState.ACTIVE), findings };
  }

  private async dataplane(repair: boolean): Promise<PartResult> {
    const { objects, findings } = await this.parts.dataplane.audit(repair);
    return {
      compared: objects,
      findings: findings.map(({ fault, key, sessions, expected, found, repaired, detail }) => {
        const [sessionId = ''] = sessions.length === 1 ? sessions : [];
        const note = repaired ? 'VPP was brought to it' : detail;
        return finding('dataplane', fault, key, { sessionId, expected, found, repaired, note });
      }),
    };
  }

  /** Nothing to mend: what a server has acknowledged stays, and what waits goes out by itself. */
  private async accounting(): Promise<PartResult> {
    const live = [...this.parts.index.all()].map(({ id, startedMs, state }) => ({
      sessionId: id,
      startedMs: BigInt(state === SessionState.ACTIVE ? startedMs : 0),
    }));
    const { sessions, findings } = await this.parts.authorizer.auditAccounting(live);
    const faults = findings.filter(({ fault }) => fault !== 'repeated');
    return {
      compared: Number(sessions),
      findings: faults.map(({ fault, sessionId, kind, detail, sequence }) =>
        finding('accounting', fault, `${kind || 'record'} ${sequence || ''}`.trim(), { sessionId, note: detail }),
      ),
    };
  }
}

async function measured(
  name: AuditPartName,
  work: () => Promise<PartResult>,
): Promise<{ part: AuditPart; findings: PartResult['findings'] }> {
  const beganMs = performance.now();
  try {
    const { compared, findings } = await work();
    return { part: { name, compared, tookMs: performance.now() - beganMs, error: '' }, findings };
  } catch (thrown) {
    const error = BngError.from(thrown).message;
    return { part: { name, compared: 0, tookMs: performance.now() - beganMs, error }, findings: [] };
  }
}
