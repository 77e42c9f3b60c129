import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { repositoryRoot } from './service.js';
import { sampleRanges } from './subscribers.js';

/** Addresses of the sample network: the service link between VPP and subs-manager, and the subscribers' gateway. */
export const sampleNetwork = {
  relay: '10.255.0.1',
  server: '10.255.0.2',
  gateway: '100.64.0.1',
  prefix: '100.64.0.0/10',
  relay6: '2001:db8:255::1',
  server6: '2001:db8:255::2',
  gateway6: '2001:db8:64::1',
} as const;

/** Enterprise secrets of the lab; never anywhere else. */
export const labSecrets = { radius: 'testing123', coa: 'coa-testing123', password: 'causeway' } as const;

export interface StackAddresses {
  databaseUrl: string;
  nats: string;
  radius: { host: string; authPort: number; acctPort: number };
  configd: string;
  subsManager: string;
  aaa: string;
  qos: string;
  coaPort: number;
  apiSocket: string;
  statsSocket: string;
  /** Where subs-manager takes DHCP, and where a giaddr is reached when that is not the address itself. */
  dhcp: { listen: string; relays: Record<string, string> };
  /** The same for DHCPv6: where relays send from, when that is mapped. */
  dhcp6: { listen: string; relays: string[] };
  stateDir: string;
}

/** The sample document (infra/samples/bng.yaml) with lines for `subscribers`, on the devices given. */
export function sampleDocument(subscribers: number, devices: { access: string; core: string }): string {
  type Port = { hostInterface?: { device: string }; subInterfaces?: object[]; addresses?: string[] };
  const text = readFileSync(join(repositoryRoot, 'infra', 'samples', 'bng.yaml'), 'utf8');
  const document = load(text) as { interfaces: Record<'access' | 'core' | 'subs-gw', Port> };
  const { access, core } = document.interfaces;
  access.hostInterface = { device: devices.access };
  core.hostInterface = { device: devices.core };
  access.subInterfaces = [...sampleRanges(subscribers), { outerVlan: 100, innerVlan: '4001-4009' }].map((range) => ({
    ...range,
    unnumbered: 'subs-gw',
  }));
  document.interfaces['subs-gw'].addresses = [`${sampleNetwork.gateway}/10`];
  return dump(document, { lineWidth: 120 });
}

/** Configuration of each service for one stack on one machine. */
export function serviceConfigs(at: StackAddresses) {
  const { databaseUrl, nats } = at;
  const server = (port: number) => ({ name: 'freeradius', host: at.radius.host, port, secret: labSecrets.radius });
  return {
    'qos-compiler': { grpc: at.qos, databaseUrl },
    configd: {
      grpc: at.configd,
      databaseUrl,
      nats,
      vpp: { apiSocket: at.apiSocket, statsSocket: at.statsSocket },
      stateDir: at.stateDir,
    },
    aaa: {
      grpc: at.aaa,
      databaseUrl,
      nats,
      subsManager: at.subsManager,
      password: labSecrets.password,
      nas: { identifier: 'causeway-lab' },
      auth: { servers: [server(at.radius.authPort)] },
      // A server that is merely slow gets no second copy: it would write that down, too.
      accounting: { servers: [server(at.radius.acctPort)], adaptiveFloorMs: 4000 },
      coa: {
        listen: `127.0.0.1:${at.coaPort}`,
        clients: [{ name: 'billing', prefix: '127.0.0.0/8', secret: labSecrets.coa }],
      },
    },
    'subs-manager': {
      grpc: at.subsManager,
      databaseUrl,
      nats,
      configd: at.configd,
      aaa: at.aaa,
      qos: at.qos,
      dhcp: at.dhcp,
      dhcp6: at.dhcp6,
      pools: [{ name: 'residential', prefix: sampleNetwork.prefix, ranges: ['100.64.1.1-100.100.255.254'] }],
      groups: [
        {
          name: 'residential',
          pools: ['residential'],
          gateway: sampleNetwork.gateway,
          dns: ['9.9.9.9', '149.112.112.112'],
          leaseS: 3600,
        },
      ],
    },
  };
}
export type ServiceConfigs = ReturnType<typeof serviceConfigs>;
