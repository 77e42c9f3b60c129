import { randomInt } from 'node:crypto';
import type { AnyMessage } from '#lib/vpp/message.js';
import { allEvents, handshakeMessages, optionalEvents } from '#lib/vpp/messages/all.js';
import { fixedIds, sockclntDelete } from '#lib/vpp/messages/memclnt.js';
import type { Handler } from '../api/handler.js';

/** Ids that VPP 26.06 fixes for its client block. */
const FIXED = new Map<string, number>([
  ['sockclnt_create', fixedIds.sockclntCreate],
  ['sockclnt_create_reply', fixedIds.sockclntCreateReply],
  ['sockclnt_delete', 17],
  ['sockclnt_delete_reply', 18],
  ['control_ping', 23],
  ['control_ping_reply', 24],
]);

/** Runtime message ids of one VPP life: all but the fixed ones lie elsewhere after each start. */
export class MessageIds {
  private readonly byName = new Map<string, { id: number; message: AnyMessage }>();
  private readonly handlers = new Map<number, Handler>();

  constructor(handlers: readonly Handler[]) {
    const messages = [
      ...handshakeMessages,
      sockclntDelete.request,
      sockclntDelete.reply,
      ...allEvents,
      ...optionalEvents,
      ...handlers.flatMap(({ request, answers }) => [request, ...answers]),
    ];
    const free = freeIds(messages.length);
    for (const message of messages) {
      if (this.byName.has(message.name)) continue;
      this.byName.set(message.name, { id: FIXED.get(message.name) ?? free.pop() ?? 0, message });
    }
    for (const handler of handlers) this.handlers.set(this.idOf(handler.request), handler);
  }

  idOf(message: AnyMessage): number {
    const found = this.byName.get(message.name);
    if (!found) throw new RangeError(`${message.name} has no id`);
    return found.id;
  }

  handlerOf(id: number): Handler | undefined {
    return this.handlers.get(id);
  }

  /** The table that a client gets in the handshake. */
  table(): { index: number; name: string }[] {
    return [...this.byName.values()].map(({ id, message }) => ({ index: id, name: message.key }));
  }
}

/** Ids in no order, from a base that moves. */
function freeIds(count: number): number[] {
  const base = randomInt(100, 1500);
  const ids = Array.from({ length: count }, (_, i) => base + i);
  for (let i = ids.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [ids[i], ids[j]] = [ids[j] ?? 0, ids[i] ?? 0];
  }
  return ids;
}
