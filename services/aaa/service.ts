import type { AccessIdentity } from '#gen/bng/v1/aaa.js';
import type { Clock } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Log } from '#lib/kernel/log.js';
import type { AttributeRow } from '#lib/radius/attribute-row.js';
import { attributes } from '#lib/radius/attributes.js';
import type { Outcome, RadiusClient } from '#lib/radius/client.js';
import { Code } from '#lib/radius/codes.js';
import type { CausewayAttributes } from '#lib/radius/vendors/causeway.js';
import { isRefusal, type PolicyRow, type Refusal, readGrant, withoutRow } from './attribute-policy.js';
import type { AaaConfig } from './config.js';
import type { Decision } from './decision.js';
import type { Fallback } from './fallback.js';
import { emptyGrant, type Grant } from './grant.js';
import type { AaaMetrics, RadiusRole } from './metrics.js';
import { accessRequest } from './request-attributes.js';
import { userName } from './user-name.js';

/** One server's health, per role. */
export interface ServerStatus {
  readonly name: string;
  readonly address: string;
  readonly role: RadiusRole;
  readonly state: 'up' | 'dead';
  readonly requests: number;
  readonly timeouts: number;
  readonly roundTripP50Ms: number;
}

export interface AuthorizerDependencies {
  readonly config: Pick<AaaConfig, 'nas' | 'userName' | 'unknownAttributes' | 'authMethod'>;
  /** User-Password of every subscriber. */
  readonly password: string;
  readonly causeway: CausewayAttributes;
  readonly rows: readonly PolicyRow[];
  readonly clients: Readonly<Record<RadiusRole, RadiusClient>>;
  readonly fallback: Fallback;
  readonly metrics: AaaMetrics;
  readonly log: Log;
  readonly clock: Clock;
}

/** Attributes of every Access-Accept that ask for nothing. */
const harmless = [attributes.messageAuthenticator, attributes.serviceType, attributes.framedProtocol].map((row) => ({
  row: row as AttributeRow<unknown>,
}));

type AnswerKind = 'accept' | 'reject' | 'challenge';

const silences = {
  timeout: ['unavailable', 'no RADIUS server answered'],
  overload: ['exhausted', 'too many RADIUS requests are waiting'],
  cancelled: ['unavailable', 'aaa is stopping'],
} as const;

/** Asks RADIUS who may come in. */
export class Authorizer {
  constructor(private readonly deps: AuthorizerDependencies) {}

  /**
   * One Access-Request. An answer that cannot be obeyed (malformed, rate 0) counts as a reject, as RFC 2865 section 5 wants.
   * @throws BngError `unavailable` when no server answered, `exhausted` under overload, `invalid_argument` on an identity
   * that does not fit a packet.
   */
  async authorize(sessionId: string, identity: AccessIdentity, group = ''): Promise<Decision> {
    const asked = userName(this.deps.config.userName, identity);
    if (asked === '') throw new BngError('invalid_argument', 'the User-Name template gives nothing for this line');
    const outcome = await this.ask(asked, sessionId, identity, group);
    if (!('server' in outcome)) return this.silence(outcome.kind, group, asked);
    const decision = this.decide(asked, outcome);
    this.deps.metrics.authorizations.inc({ outcome: decision.accepted ? 'accept' : 'reject' });
    await this.deps.fallback.remember(group, asked, decision);
    return decision;
  }

  /** No server answered: what the group falls back to, or an error. */
  private async silence(kind: keyof typeof silences, group: string, asked: string): Promise<Decision> {
    const { fallback, metrics, log } = this.deps;
    const instead = kind === 'timeout' ? await fallback.decide(group, asked) : undefined;
    metrics.authorizations.inc({ outcome: instead?.fallback ?? kind });
    if (instead) {
      log.warn({ userName: asked, group, fallback: instead.fallback }, 'no RADIUS server answered, fallback taken');
      return instead;
    }
    const [code, message] = silences[kind];
    throw new BngError(code, message);
  }

  /** Servers known to be dead are not waited for where the group has a fallback: probing finds out when they live. */
  private async ask(asked: string, sessionId: string, identity: AccessIdentity, group: string): Promise<Outcome> {
    const { config, causeway, password, clients, fallback } = this.deps;
    if (clients.auth.probing && !clients.auth.reachable && fallback.applies(group)) return { kind: 'timeout' };
    const request = accessRequest(config, causeway, { userName: asked, password, sessionId, identity });
    try {
      return await clients.auth.exchange(Code.accessRequest, request);
    } catch (error) {
      throw BngError.from(error, 'invalid_argument');
    }
  }

  private decide(asked: string, answer: Extract<Outcome, { server: string }>): Decision {
    const { server, roundTripMs } = answer;
    const grant = readGrant(answer.attributes, this.deps.rows);
    const kind = answer.kind as AnswerKind;
    if (isRefusal(grant)) return this.disobey(asked, answer, grant);
    if (kind !== 'accept')
      return this.rejection(asked, answer, kind === 'challenge' ? 'challenged' : grant.replyMessage);
    const unknown = this.unknown(asked, answer, grant);
    if (unknown) return this.disobey(asked, answer, unknown);
    return { accepted: true, userName: grant.userName ?? asked, grant, server, roundTripMs };
  }

  private disobey(asked: string, answer: Extract<Outcome, { server: string }>, refusal: Refusal): Decision {
    const { attribute, reason, message } = refusal;
    this.deps.metrics.refusedAttributes.inc({ attribute, reason });
    this.deps.log.warn({ server: answer.server, userName: asked, ...refusal }, 'answer cannot be obeyed: a reject');
    return this.rejection(asked, answer, `${attribute}: ${message}`);
  }

  private rejection(
    asked: string,
    answer: Extract<Outcome, { server: string }>,
    message: string | undefined,
  ): Decision {
    const grant: Grant = { ...emptyGrant(), ...(message !== undefined && { replyMessage: message }) };
    return { accepted: false, userName: asked, grant, server: answer.server, roundTripMs: answer.roundTripMs };
  }

  /** Attributes that nothing here stands for, by the configured policy: a refusal when they are not to be borne. */
  private unknown(asked: string, answer: Extract<Outcome, { server: string }>, grant: Grant): Refusal | undefined {
    const { config, metrics, log, rows } = this.deps;
    const strangers = withoutRow(answer.attributes, [...rows, ...harmless]);
    const names = [...strangers.map(({ vendor, type }) => `${vendor}:${type}`), ...grant.withoutCounterpart];
    if (names.length === 0) return undefined;
    metrics.ignoredAttributes.inc(names.length);
    const level = config.unknownAttributes === 'log' ? 'warn' : 'debug';
    log[level]({ userName: asked, server: answer.server, attributes: names }, 'attributes without effect');
    if (config.unknownAttributes !== 'reject') return undefined;
    return { attribute: 'unknown', reason: 'unknown-attribute', message: names.join(', ') };
  }

  servers(): ServerStatus[] {
    const nowMs = this.deps.clock.monotonicMs();
    return (['auth', 'acct'] as const).flatMap((role) =>
      this.deps.clients[role].servers.map((server) => ({
        name: server.name,
        address: `${server.address}:${server.options.port}`,
        role,
        state: server.isDead(nowMs) ? ('dead' as const) : ('up' as const),
        requests: server.requests,
        timeouts: server.timeouts,
        roundTripP50Ms: server.roundTripP50Ms,
      })),
    );
  }
}
