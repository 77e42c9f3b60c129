import { z } from 'zod';
import { commonConfig, hostPort, readSecret } from '#lib/kernel/config.js';
import { DOCUMENTATION_ENTERPRISE } from '#lib/radius/vendors/causeway.js';
import { userNameTemplate } from './user-name.js';

const secretSource = {
  /** The secret itself, for labs; give the file elsewhere. */
  secret: z.string().min(1).optional(),
  secretFile: z.string().optional(),
};
type SecretSource = { readonly secret?: string | undefined; readonly secretFile?: string | undefined };

const oneSecret = ({ secret, secretFile }: SecretSource) => (secret === undefined) !== (secretFile === undefined);
const oneSecretMessage = { message: 'one of secret and secretFile is needed' };

const server = z
  .strictObject({
    name: z.string().min(1),
    host: z.string().min(1),
    port: z.int().min(1).max(65535),
    ...secretSource,
    /** Share of the requests beside the other servers' weights; 0: only when no other is alive. */
    weight: z.int().min(0).max(1000).optional(),
    /** Requests outstanding to this server at once. */
    maxOutstanding: z.int().min(1).optional(),
    /** RADIUS over TLS (RFC 6614, port 2083); PEM files. The secret is `radsec` unless given. */
    tls: z
      .strictObject({
        ca: z.string().min(1),
        cert: z.string().min(1),
        key: z.string().min(1),
        /** Name in the server's certificate; its host when absent. */
        serverName: z.string().min(1).optional(),
        /** Requests under way on one connection; FreeRADIUS 3.2.1 bears only one. `sourcePorts` sets the connections. */
        pipeline: z.int().min(1).max(256).default(1),
      })
      .optional(),
  })
  .refine(
    (one) => oneSecret(one) || (one.tls !== undefined && one.secret === undefined && one.secretFile === undefined),
    oneSecretMessage,
  );

const servers = (initialMs: number, maxMs: number) =>
  z.strictObject({
    /** In order of preference; with a `weight` at any of them, by weights. */
    servers: z.array(server).min(1),
    /** Wait before the first retransmission, doubling up to `maxMs` (RFC 5080 section 2.2.1). */
    initialMs: z.number().positive().default(initialMs),
    maxMs: z.number().positive().default(maxMs),
    /** Datagrams to one server before the next is asked. */
    transmissions: z.int().min(1).max(10).default(3),
    /** Round trips seen take the place of `initialMs`, not below this. A server is not given up sooner. */
    adaptiveFloorMs: z.number().positive().default(100),
    /** How long an unresponsive server is asked last only. */
    deadMs: z.number().min(0).default(30_000),
    /** Dead servers are asked with Status-Server (RFC 5997) this often, and used again when they answer; 0: never. */
    probeMs: z.number().min(0).default(5000),
    /** UDP source ports; 256 requests outstanding to a server on each. */
    sourcePorts: z.int().min(1).max(64).default(4),
    sourceAddress: z.string().optional(),
    /** Refuse replies without Message-Authenticator. Access replies: true. Accounting: servers rarely sign those. */
    requireMessageAuthenticator: z.boolean().optional(),
  });
export type ServersConfig = z.output<ReturnType<typeof servers>>;

const fallbackPolicy = {
  /** `deny`: nobody new comes in. `allow`: with `profile`. `cached`: with the last acceptance, else with `profile` if given. */
  mode: z.enum(['deny', 'allow', 'cached']).default('deny'),
  /** Profile of the catalogue. */
  profile: z.string().min(1).optional(),
  /** How old a last acceptance may be. */
  maxAgeS: z
    .number()
    .positive()
    .default(7 * 24 * 3600),
};
const allowsBySomething = ({ mode, profile }: { mode: string; profile?: string | undefined }) =>
  mode !== 'allow' || profile !== undefined;
const allowsBySomethingMessage = { message: 'mode allow needs a profile', path: ['profile'] };
const fallback = z
  .strictObject({
    ...fallbackPolicy,
    /** By subscriber group; the others get what stands beside. */
    groups: z
      .record(z.string(), z.strictObject(fallbackPolicy).refine(allowsBySomething, allowsBySomethingMessage))
      .default({}),
  })
  .refine(allowsBySomething, allowsBySomethingMessage);
export type FallbackConfig = z.output<typeof fallback>;

const coaClient = z
  .strictObject({
    name: z.string().min(1),
    /** Address or prefix. */
    prefix: z.string().min(1),
    ...secretSource,
    requireMessageAuthenticator: z.boolean().default(true),
  })
  .refine(oneSecret, oneSecretMessage);

/** Settings of aaa: YAML, then AAA_* from the environment (lists as YAML flow). */
export const configSchema = z
  .strictObject({
    ...commonConfig,
    nats: z.string().default('nats://127.0.0.1:4222'),
    /** Where the progress of accounting is kept. */
    databaseUrl: z.string().optional(),
    databaseUrlFile: z.string().optional(),
    /** gRPC address of subs-manager. */
    subsManager: hostPort,
    nas: z
      .strictObject({
        /** NAS-Identifier. */
        identifier: z.string().min(1).max(253).default('causeway'),
        /** NAS-IP-Address. */
        ipAddress: z.ipv4().optional(),
        /** NAS-Port-Type; 15 is Ethernet. */
        portType: z.int().min(0).default(15),
        /** Called-Station-Id, a template like `userName`; not sent when absent. */
        calledStationId: userNameTemplate.optional(),
      })
      .prefault({}),
    /** User-Name, see `userNameTemplate`. */
    userName: userNameTemplate.default('{line}'),
    /** User-Password of every subscriber: lines are identified by where they are, not by what they know. */
    password: z.string().max(128).optional(),
    passwordFile: z.string().optional(),
    /** How the password is proved to the server. */
    authMethod: z.enum(['pap', 'chap']).default('pap'),
    /** Vendor number of our own attributes. */
    enterpriseNumber: z.int().min(1).default(DOCUMENTATION_ENTERPRISE),
    /** What becomes of an Access-Accept with attributes that nothing here obeys. They are counted in any case. */
    unknownAttributes: z.enum(['ignore', 'log', 'reject']).default('ignore'),
    auth: servers(500, 2000),
    /** What holds for newcomers while no RADIUS server answers. */
    fallback: fallback.prefault({}),
    accounting: servers(1000, 8000).extend({
      /** Session events being worked on or waiting for a server at once; the rest waits in JetStream. */
      maxPending: z.int().min(1).max(100_000).default(2000),
      /** So many in hand are overload: interims that a later record makes superfluous are then shed. */
      shedAtPending: z.int().min(1).max(100_000).default(1800),
    }),
    coa: z
      .strictObject({
        listen: hostPort.default('127.0.0.1:3799'),
        clients: z.array(coaClient).default([]),
        /** Largest distance of Event-Timestamp from now. */
        timestampWindowS: z.number().positive().default(300),
        requireTimestamp: z.boolean().default(false),
        /** Longest wait for subs-manager before a NAK. */
        timeoutMs: z.number().positive().default(5000),
      })
      .prefault({}),
  })
  .refine(({ databaseUrl, databaseUrlFile }) => (databaseUrl === undefined) !== (databaseUrlFile === undefined), {
    message: 'one of databaseUrl and databaseUrlFile is needed',
  })
  .refine(({ password, passwordFile }) => (password === undefined) !== (passwordFile === undefined), {
    message: 'one of password and passwordFile is needed',
  });
export type AaaConfig = Readonly<z.output<typeof configSchema>>;

/** The secret's bytes, from the setting or from its file. */
export function secretBytes({ secret, secretFile }: SecretSource): Buffer {
  return Buffer.from(secret ?? readSecret(secretFile ?? ''));
}
