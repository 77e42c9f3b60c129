import { z } from 'zod';
import { memifSocketFilenameAddDelV2, memifSocketFilenameDump } from '#lib/vpp/messages/memif.js';
import { type Found, resource } from '../reconcile/resource.js';

const schema = z.strictObject({
  /** 0 is VPP's own default socket. */
  id: z.int().min(1).max(0xfffffffe),
  filename: z.string().min(1).max(107),
});
export type MemifSocketSpec = z.infer<typeof schema>;

/** A socket file that memif interfaces meet at (`memif_socket_filename_add_del_v2`). */
export const memifSocket = resource<MemifSocketSpec, { id: number }>({
  kind: 'memif-socket',
  schema,
  key: (spec) => `memif-socket/${spec.id}`,
  needs: () => [],
  async read({ vpp }, wanted) {
    const found = new Map<string, Found<MemifSocketSpec, { id: number }>>();
    for (const row of await vpp.dump(memifSocketFilenameDump, {})) {
      if (row.socket_id === 0) continue;
      const key = `memif-socket/${row.socket_id}`;
      const spec = { id: row.socket_id, filename: row.socket_filename };
      found.set(key, { spec, handle: { id: row.socket_id }, ours: wanted.has(key) });
    }
    return found;
  },
  async create({ vpp }, spec) {
    await vpp.call(memifSocketFilenameAddDelV2, { is_add: true, socket_id: spec.id, socket_filename: spec.filename });
    return { id: spec.id };
  },
  async remove({ vpp }, { id }) {
    await vpp.call(memifSocketFilenameAddDelV2, { is_add: false, socket_id: id, socket_filename: '' });
  },
});
