import type { AuditDataplaneResponse, DataplaneFinding } from '#gen/bng/v1/configd.js';
import type { Redactor } from './diff/redact.js';
import type { Engine, RestoreResult } from './reconcile/engine.js';
import type { Drift } from './reconcile/read-back.js';
import type { Resource } from './reconcile/resource.js';

interface AuditOptions {
  readonly engine: Pick<Engine, 'audit' | 'repair' | 'holdersOf' | 'size'>;
  readonly redactor: Pick<Redactor, 'step'>;
}

interface Difference {
  readonly fault: 'missing' | 'different' | 'leftover';
  readonly resource: Resource;
  readonly expected?: unknown;
  readonly found?: unknown;
}

const differences = ({ missing, different, leftover }: Drift): Difference[] => [
  ...missing.map((resource) => ({ fault: 'missing' as const, resource, expected: resource.spec })),
  ...different.map(({ wanted, actual }) => ({
    ...{ fault: 'different' as const, resource: wanted, expected: wanted.spec },
    found: actual,
  })),
  ...leftover.map((resource) => ({ fault: 'leftover' as const, resource, found: resource.spec })),
];

/** All that VPP tells, costly or not, beside what is wanted. Throws `unavailable` while VPP's state is unknown. */
export class DataplaneAudit {
  constructor(private readonly options: AuditOptions) {}

  /** With `repair` VPP is brought to what is wanted, and read once more to see what that mended. */
  async run(repair: boolean): Promise<AuditDataplaneResponse> {
    const { engine } = this.options;
    const found = differences(await engine.audit(true));
    const objects = engine.size;
    if (!repair || found.length === 0) return { objects, findings: found.map((one) => this.finding(one)) };
    const mended = await engine.repair(true);
    const left = new Set(differences(await engine.audit(true)).map(({ resource }) => resource.key));
    const findings = found.map((one) => ({
      ...this.finding(one),
      repaired: !left.has(one.resource.key),
      detail: left.has(one.resource.key) ? whyLeft(one.resource.key, mended) : '',
    }));
    return { objects, findings };
  }

  private finding({ fault, resource: { kind, key }, expected, found }: Difference): DataplaneFinding {
    const shown = this.options.redactor.step({ kind, before: found, after: expected });
    const holders = [...(this.options.engine.holdersOf(key) ?? [])];
    return {
      fault,
      key,
      sessions: holders.flatMap((owner) =>
        owner.startsWith(sessionPrefix) ? [owner.slice(sessionPrefix.length)] : [],
      ),
      expected: json(shown.after),
      found: json(shown.before),
      repaired: false,
      detail: '',
    };
  }
}

const sessionPrefix = 'session/';
const json = (spec: unknown): string => (spec === undefined ? '' : JSON.stringify(spec));

function whyLeft(key: string, { failures }: RestoreResult): string {
  const own = failures.find(({ fields, message }) => fields.key === key || message.includes(key));
  return (own ?? failures[0])?.message ?? 'it differs again';
}
