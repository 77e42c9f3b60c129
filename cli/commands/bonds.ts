import { Bond, type BondMember } from '#gen/bng/v1/configd.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { duration } from '../format.js';
import { safe, table } from '../table.js';

const heading = ['BOND', 'MODE', 'STATE', 'ACTIVE', 'MEMBER', 'LINK', 'LACP', 'PARTNER', 'SINCE'];

/** Bonds, a line for each member. Exit code 1 while one has fewer active members than it should. */
export async function bonds(context: CliContext): Promise<ExitCode> {
  const client = context.clients.configd();
  const answer = await callUnary(client.bonds.bind(client), {}, { timeoutMs: context.timeoutMs(3_000) });
  print(context, { bonds: answer.bonds.map(Bond.toJSON) }, () => {
    if (answer.bonds.length === 0) return 'no bonds';
    return table(
      heading,
      answer.bonds.flatMap((bond) => rowsOf(context, bond)),
      context.paint,
    );
  });
  return answer.bonds.some(({ degraded }) => degraded) ? EXIT.error : EXIT.ok;
}

function rowsOf(context: CliContext, bond: Bond): string[][] {
  const state = bond.up ? 'up' : 'down';
  const colour = !bond.up ? 'red' : bond.degraded ? 'yellow' : 'green';
  const own = [
    bond.name,
    bond.mode,
    context.paint(colour, bond.degraded ? `${state}, degraded` : state),
    `${bond.activeMembers}/${bond.members.length}${bond.minMembers > 1 ? ` (min ${bond.minMembers})` : ''}`,
  ];
  const since = (changedMs: bigint) => (changedMs === 0n ? '' : duration(context.io.nowMs() - Number(changedMs)));
  if (bond.members.length === 0) return [[...own, '', '', '', '', since(bond.changedMs)]];
  return bond.members.map((member, index) => [
    ...(index === 0 ? own : ['', '', '', '']),
    `${member.active ? '*' : ' '} ${member.name}`,
    linkText(member),
    lacpText(member),
    partnerText(member),
    since(member.changedMs),
  ]);
}

const linkText = ({ enabled, link }: BondMember): string => (enabled ? (link ? 'up' : 'down') : 'disabled');

function lacpText({ lacp }: BondMember): string {
  if (!lacp) return '-';
  if (lacp.expired) return 'expired';
  return lacp.synchronised ? 'synchronised' : 'not synchronised';
}

function partnerText({ lacp }: BondMember): string {
  if (!lacp) return '-';
  return lacp.partner === '' ? 'none' : safe(`${lacp.partner} port ${lacp.partnerPort}`);
}
