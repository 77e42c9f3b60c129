import { cliInband } from '#lib/vpp/messages/vlib.js';
import type { ReadContext } from '../reconcile/resource.js';
import { interfaceTable } from './interface-common.js';

/** The features on an interface's arcs as the CLI lists them (`show interface <name> features`); asked once per pass and interface. */
export function featureText(ctx: ReadContext, swIfIndex: number): Promise<string> {
  return ctx.shared(`features of ${swIfIndex}`, async () => {
    const name = (await interfaceTable(ctx)).get(swIfIndex)?.interface_name ?? '';
    return (await ctx.vpp.ask(cliInband, { cmd: `show interface ${name} features` })).reply;
  });
}

/** How often a feature stands on an arc: a feature turned on twice works twice. */
export function countFeature(text: string, arc: string, feature: string): number {
  let current = '';
  let count = 0;
  for (const line of text.split('\n')) {
    const word = line.trim();
    if (word.endsWith(':')) current = word.slice(0, -1);
    else if (current === arc && word === feature) count++;
  }
  return count;
}
