import { z } from 'zod';
import { commonConfig } from '#lib/kernel/config.js';

const endpoint = z
  .string()
  .regex(/^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):\d{1,5}$/, 'address:port or [address]:port is expected');
const { ops, portsFile, logLevel } = commonConfig;

/** Maps the hop between the relay and one DHCP server onto ports that an ordinary user may have. */
const dhcpLink = z.strictObject({
  /** The server's address as `dhcp_proxy_config` knows it. */
  server: z.string(),
  /** Where packets for it really go. */
  to: endpoint,
  /** Where they come from, and where its answers are taken; port 0 takes a free one. */
  bind: endpoint.default('127.0.0.1:0'),
});

export const configSchema = z.strictObject({
  ops,
  portsFile,
  logLevel,
  /** The binary API, as `socksvr { socket-name }`. */
  apiSocket: z.string().default('/run/vpp/api.sock'),
  /** The CLI, as `unix { cli-listen }`; absent: cli.sock beside the binary API. */
  cliSocket: z.string().optional(),
  /** Statistics; a memory-mapped segment whose descriptor the socket's pid leads to. */
  statsSocket: z.string().optional(),
  statsIntervalMs: z.number().int().positive().default(1000),
  /** Ethernet frames of the host interfaces' far ends. */
  accessSocket: z.string().optional(),
  /** Faults, restarts and counters for tests. */
  controlSocket: z.string().optional(),
  /** Network devices that exist; every name does when absent. */
  hostInterfaces: z.array(z.string()).optional(),
  /** Names of DPDK ports that VPP has from its start. */
  ports: z.array(z.string()).default([]),
  /** Without an entry for a server, its hop is real UDP between port 68 or 67 of the relay's address and port 67. */
  dhcpLink: z.array(dhcpLink).default([]),
  /** Interfaces from which a stats segment of VPP's default size makes it abort; absent for none. */
  maxInterfaces: z.number().int().positive().optional(),
});
export type SimConfig = z.output<typeof configSchema>;
export type DhcpLink = z.output<typeof dhcpLink>;
