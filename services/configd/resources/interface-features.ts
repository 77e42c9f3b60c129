import { cliInband } from '#lib/vpp/messages/vlib.js';
import { askEach } from '../reconcile/ask-each.js';
import type { ReadContext } from '../reconcile/resource.js';
import { interfaceTable, keyByIndex } from './interface-common.js';

/** The texts of this pass, by interface index. */
const textsOf = (ctx: ReadContext) => ctx.shared('features', async () => new Map<number, string>());

async function command(ctx: ReadContext): Promise<(swIfIndex: number) => { cmd: string }> {
  const interfaces = await interfaceTable(ctx);
  return (swIfIndex) => ({ cmd: `show interface ${interfaces.get(swIfIndex)?.interface_name ?? ''} features` });
}

/** The features on an interface's arcs as the CLI lists them (`show interface <name> features`); asked once per pass and interface. */
export async function featureText(ctx: ReadContext, swIfIndex: number): Promise<string> {
  const texts = await textsOf(ctx);
  const known = texts.get(swIfIndex);
  if (known !== undefined) return known;
  const { reply } = await ctx.vpp.ask(cliInband, (await command(ctx))(swIfIndex));
  texts.set(swIfIndex, reply);
  return reply;
}

/** The same of each of our interfaces found so far, with its key. */
export async function eachFeatureText(ctx: ReadContext, visit: (key: string, text: string) => void): Promise<void> {
  const [texts, show] = [await textsOf(ctx), await command(ctx)];
  const keys = keyByIndex(ctx);
  const unknown = [...keys.keys()].filter((index) => !texts.has(index));
  await askEach(ctx.vpp, cliInband, unknown.map(show), ({ reply }, at) => texts.set(unknown[at] as number, reply));
  for (const [index, key] of keys) visit(key, texts.get(index) ?? '');
}

/** How often a feature stands on an arc: a feature turned on twice works twice. */
export function countFeature(text: string, arc: string, feature: string): number {
  let count = 0;
  for (let at = endOfHeading(text, arc); at < text.length; ) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? text.length : end).trim();
    if (line.endsWith(':')) break;
    if (line === feature) count++;
    at = end < 0 ? text.length : end + 1;
  }
  return count;
}

/** Where the lines of an arc begin; the length of the text when the arc is not in it. */
function endOfHeading(text: string, arc: string): number {
  const heading = `${arc}:`;
  for (let at = text.indexOf(heading); at >= 0; at = text.indexOf(heading, at + 1)) {
    const end = text.indexOf('\n', at);
    const line = text.slice(text.lastIndexOf('\n', at) + 1, end < 0 ? text.length : end);
    if (line.trim() === heading) return end < 0 ? text.length : end + 1;
  }
  return text.length;
}
