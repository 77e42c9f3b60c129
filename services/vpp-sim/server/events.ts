import { swInterfaceEvent } from '#lib/vpp/messages/interface.js';
import { ipNeighborEventV2 } from '#lib/vpp/messages/ip-neighbor.js';
import { pingFinishedEvent } from '#lib/vpp/messages/ping.js';
import { vrrpVrEvent } from '#lib/vpp/messages/vrrp.js';
import { swIfIndex } from '#lib/vpp/types.js';
import type { EventTopic, Send } from '../api/handler.js';
import { neighbourBody } from '../api/neighbour.js';
import { vrrpEvent } from '../api/vrrp.js';
import type { Dataplane } from '../dataplane.js';
import type { InterfaceChange } from '../tables/interfaces.js';

const ADMIN_UP = 1;
const LINK_UP = 2;
const REMOVED = 2;
const ADDED = 1;

/** One subscriber's way out. */
export type EventSink = (topic: EventTopic, emit: (send: Send, pid: number) => void) => void;

/** Turns changes of the tables into events. Interface events are gathered and leave after the replies, as VPP's do. */
export function publishEvents(dataplane: Dataplane, sink: EventSink): void {
  const pending = new Map<number, { flags: number; deleted: boolean }>();
  const flush = () => {
    const batch = [...pending].sort(([a], [b]) => a - b);
    pending.clear();
    for (const [index, { flags, deleted }] of batch)
      sink('interface', (send, pid) => send(swInterfaceEvent, { pid, sw_if_index: swIfIndex(index), flags, deleted }));
  };
  dataplane.interfaces.onChange((index, change) => {
    if (pending.size === 0) setImmediate(flush);
    const entry = pending.get(index) ?? { flags: 0, deleted: false };
    pending.set(index, { flags: entry.flags | flagOf(change), deleted: entry.deleted || change === 'deleted' });
  });
  dataplane.vrrp.onState((router, from, to) =>
    sink('vrrp', (send, pid) => send(vrrpVrEvent, vrrpEvent(router, from, to, pid))),
  );
  dataplane.pinger.onFinished(({ requests, replies }) =>
    sink('ping', (send) => send(pingFinishedEvent, { request_count: requests, reply_count: replies })),
  );
  dataplane.neighbours.onChange((change, entry) =>
    setImmediate(() =>
      sink('neighbour', (send, pid) =>
        send(ipNeighborEventV2, {
          pid,
          flags: change === 'added' ? ADDED : REMOVED,
          neighbor: neighbourBody(entry),
        }),
      ),
    ),
  );
}

const flagOf = (change: InterfaceChange): number => (change === 'up' ? ADMIN_UP : change === 'link-up' ? LINK_UP : 0);
