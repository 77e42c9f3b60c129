import {
  type ExportChunk,
  type ExportRequest,
  type SubscriberToolsServiceServer,
  SubscriberToolsServiceService,
} from '#gen/bng/v1/subs_tools.js';
import { type RpcService, serverStream, unary } from '#lib/kernel/rpc-server.js';
import type { Bulk } from './bulk.js';
import type { SubscriberTools } from './tools.js';

/** bng.v1.SubscriberToolsService over the use cases. */
export function toolsApi(tools: SubscriberTools, bulk: Bulk): RpcService {
  const handlers: SubscriberToolsServiceServer = {
    find: unary((request) => tools.find(request)),
    watchRate: serverStream(({ key }, { signal }) => tools.watchRate(key, signal)),
    top: unary((request) => tools.top(request)),
    export: serverStream((request) => chunks(tools, request)),
    previewBulk: unary(({ selection }) => bulk.preview(selection)),
    startBulk: unary((request) => bulk.begin(request)),
    listBulk: unary(async ({ limit }) => ({ jobs: await bulk.list(limit) })),
    getBulk: unary(({ id }) => bulk.get(id)),
    cancelBulk: unary(({ id }) => bulk.cancel(id)),
  };
  return { definition: SubscriberToolsServiceService, handlers };
}

async function* chunks(tools: SubscriberTools, { filter, format }: ExportRequest): AsyncGenerator<ExportChunk> {
  for await (const text of tools.export(filter, format)) yield { data: Buffer.from(text) };
}
