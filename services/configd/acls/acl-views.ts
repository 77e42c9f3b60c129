import { AclsResponse, ShowAclResponse } from '#gen/bng/v1/configd.js';
import { BngError } from '#lib/kernel/errors.js';
import { Counter, type Registry } from '#lib/kernel/metrics.js';
import type { Route } from '#lib/kernel/ops-server.js';
import type { AclHits, RuleHits } from './acl-hits.js';

type Hits = Pick<AclHits, 'list' | 'show' | 'counting'>;

/** Most rules of one answer: a list may have 100,000. */
const maxRules = 10_000;

export interface AclQuery {
  readonly name: string;
  /** Rules that matched nothing are left out. */
  readonly hitOnly: boolean;
  /** Rules up to this position are left out. */
  readonly after: number;
  /** 0: as many as go into one answer. */
  readonly limit: number;
}

/** All lists with their sums. */
export async function aclsAnswer(hits: Hits): Promise<AclsResponse> {
  return AclsResponse.fromPartial({ counting: hits.counting, acls: await hits.list() });
}

/** One list, or a part of it. */
export async function aclAnswer(hits: Hits, { name, hitOnly, after, limit }: AclQuery): Promise<ShowAclResponse> {
  const rules = await hits.show(name);
  const asked = rules.filter(({ position, packets }) => position > after && !(hitOnly && packets === 0n));
  const shown = asked.slice(0, Math.min(limit || maxRules, maxRules));
  return ShowAclResponse.fromPartial({
    ...{ name, counting: hits.counting, total: rules.length, rules: shown },
    next: shown.length < asked.length ? (shown.at(-1)?.position ?? 0) : 0,
  });
}

/** `GET /acls`: all lists; `GET /acls/NAME` (`hitOnly`, `after`, `limit`): the rules of one, as over gRPC. */
export function aclRoutes(hits: Hits): Route {
  return (request, response) => {
    const url = new URL(request.url ?? '', 'http://configd');
    const [, root, name, more] = url.pathname.split('/');
    if (root !== 'acls' || more !== undefined || name === '') return false;
    const send = (status: number, body: unknown, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
      response.end(`${JSON.stringify(body)}\n`);
    };
    const refuse = (thrown: unknown) => {
      const { row, code, message } = BngError.from(thrown);
      send(row.http, { error: { code, message } });
    };
    if (request.method !== 'GET') {
      const message = `${request.method} is not possible here`;
      send(405, { error: { code: 'unimplemented', message } }, { allow: 'GET' });
    } else if (name === undefined) {
      aclsAnswer(hits).then((answer) => send(200, AclsResponse.toJSON(answer)), refuse);
    } else {
      answerFor(hits, name, url.searchParams).then((answer) => send(200, ShowAclResponse.toJSON(answer)), refuse);
    }
    return true;
  };
}

async function answerFor(hits: Hits, name: string, query: URLSearchParams): Promise<ShowAclResponse> {
  for (const key of query.keys())
    if (!['hitOnly', 'after', 'limit'].includes(key))
      throw new BngError('invalid_argument', `${key} means nothing here; known: hitOnly, after, limit`);
  const number = (key: string) => {
    const text = query.get(key) ?? '0';
    if (!/^\d{1,9}$/.test(text)) throw new BngError('invalid_argument', `${key} is a number`);
    return Number(text);
  };
  const hitOnly = query.get('hitOnly') ?? 'false';
  if (hitOnly !== 'true' && hitOnly !== 'false') throw new BngError('invalid_argument', 'hitOnly is true or false');
  const after = number('after');
  return aclAnswer(hits, { name, hitOnly: hitOnly === 'true', after, limit: number('limit') });
}

/**
 * Sums by list, and single rules where the operator gave them a name: a label for each rule would be too many.
 * They start again from zero when a list is changed, as VPP's do.
 */
export function aclMetrics(registry: Registry, hits: Hits): void {
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[], collect: Collect<L>) =>
    new Counter<L>({
      name: `bng_configd_acl_${name}`,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        this.reset();
        // Without VPP's statistics there is nothing to tell, and the other metrics are told all the same.
        await collect((labels, value) => this.inc(labels, Number(value))).catch(() => undefined);
      },
    });
  const lists = (what: 'packets' | 'bytes'): Collect<'acl'> => {
    return async (add) => {
      for (const acl of await hits.list()) add({ acl: acl.name }, acl[what]);
    };
  };
  const rules: Collect<'acl' | 'rule'> = async (add) => {
    for (const acl of await hits.list())
      for (const rule of await namedRules(hits, acl.name)) add({ acl: acl.name, rule: rule.name }, rule.packets);
  };
  counter('matched_packets_total', 'Packets that rules of a list matched', ['acl'], lists('packets'));
  counter('matched_bytes_total', 'Bytes of the packets that rules of a list matched', ['acl'], lists('bytes'));
  counter('rule_matched_packets_total', 'Packets that a rule with a name matched', ['acl', 'rule'], rules);
}

type Collect<L extends string> = (add: (labels: Record<L, string>, value: bigint) => void) => Promise<void>;

async function namedRules(hits: Hits, name: string): Promise<RuleHits[]> {
  return (await hits.show(name)).filter((rule) => rule.name !== '');
}
