import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VppClient } from '#lib/vpp/client.js';
import { FrameParser, frame, headerBytes } from '#lib/vpp/framing.js';
import { shakeHands } from '#lib/vpp/handshake.js';
import { controlPing, fixedIds, sockclntCreateReply } from '#lib/vpp/messages/memclnt.js';
import { unixSocket } from '#lib/vpp/transport.js';

/**
 * The binary API client beside a raw replay of the same bytes in the same windows.
 * The peer is a VPP when VPP_API_SOCKET is set, else a small echo server in a process of its own.
 */
const windowRequests = 256;
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const pipelined = Number(process.env.BENCH_REQUESTS ?? 100_000);
const serial = Math.ceil(pipelined / 20);

const pingId = 23;
const replyId = 24;
const replyBytes = headerBytes + 18;

/** The echo side: a handshake, then a ready-made reply with the context put in. */
function serve(path: string): void {
  const greeting = {
    response: 0,
    index: 1,
    message_table: [
      { index: pingId, name: controlPing.request.key },
      { index: replyId, name: controlPing.reply.key },
    ],
  };
  const reply = frame(controlPing.reply.encode(replyId, 0, 0, { retval: 0, client_index: 0, vpe_pid: process.pid }));
  const server = createServer((socket: Socket) => {
    const parser = new FrameParser();
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const replies: Uint8Array[] = [];
      parser.push(chunk, (body) => {
        const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
        if (view.getUint16(0) === fixedIds.sockclntCreate)
          replies.push(frame(sockclntCreateReply.encode(fixedIds.sockclntCreateReply, 0, view.getUint32(2), greeting)));
        else {
          const copy = reply.slice();
          copy.set(body.subarray(6, 10), headerBytes + 2);
          replies.push(copy);
        }
      });
      socket.write(Buffer.concat(replies));
    });
  });
  server.listen(path, () => process.send?.('ready'));
  process.on('disconnect', () => process.exit(0));
}

const seconds = async (run: () => Promise<void>): Promise<number> => {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
};

/** Windows of ready-made requests, each sent when the one before is answered; no decoding, only counting bytes. */
async function rawReplay(path: string, count: number, perWindow: number): Promise<number> {
  const hello = await shakeHands(unixSocket(path), 'bench', 5000);
  const id = hello.table.idOf(controlPing.request) ?? 0;
  const one = frame(controlPing.request.encode(id, hello.clientIndex, 1, {}));
  const batch = Buffer.concat(new Array<Uint8Array>(perWindow).fill(one));
  const elapsed = await seconds(
    () =>
      new Promise((resolve) => {
        let received = 0;
        let asked = perWindow;
        hello.take({
          onDrain: () => {},
          onClose: () => {},
          onData: (chunk) => {
            received += chunk.length;
            if (received < asked * replyBytes) return;
            if (asked >= count) return resolve();
            asked += perWindow;
            hello.transport.write(batch);
          },
        });
        hello.transport.write(batch);
      }),
  );
  hello.transport.destroy();
  return count / elapsed;
}

async function client(path: string): Promise<VppClient> {
  const vpp = new VppClient({ connect: unixSocket(path), required: [], windowRequests });
  await vpp.whenReady(5000);
  return vpp;
}

async function clientPipelined(vpp: VppClient): Promise<number> {
  const elapsed = await seconds(async () => {
    await Promise.all(Array.from({ length: pipelined }, () => vpp.call(controlPing, {})));
  });
  return pipelined / elapsed;
}

async function clientSerial(vpp: VppClient): Promise<number> {
  const elapsed = await seconds(async () => {
    for (let i = 0; i < serial; i++) await vpp.call(controlPing, {});
  });
  return serial / elapsed;
}

/** Microseconds to encode one small request. */
function encodeMicros(): number {
  const value = { retval: 0, client_index: 1, vpe_pid: 2 };
  const count = 1_000_000;
  const start = performance.now();
  for (let i = 0; i < count; i++) controlPing.reply.encode(replyId, 1, i, value);
  return ((performance.now() - start) * 1000) / count;
}

const best = (values: number[]) => Math.max(...values);

function row(name: string, rate: number, reference: number): Record<string, string | number> {
  return { measurement: name, 'requests/s': Math.round(rate), 'of raw replay': (rate / reference).toFixed(2) };
}

async function measure(path: string, peer: string): Promise<void> {
  const vpp = await client(path);
  const results = { raw: [] as number[], piped: [] as number[], rawSerial: [] as number[], single: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    results.raw.push(await rawReplay(path, pipelined, windowRequests));
    results.piped.push(await clientPipelined(vpp));
    results.rawSerial.push(await rawReplay(path, serial, 1));
    results.single.push(await clientSerial(vpp));
  }
  await vpp.close();
  console.log(`VPP binary API client, peer: ${peer}, window ${windowRequests}, best of ${rounds}`);
  console.table([
    row(`raw replay, ${windowRequests} at a time`, best(results.raw), best(results.raw)),
    row('client, pipelined', best(results.piped), best(results.raw)),
    row('raw replay, one at a time', best(results.rawSerial), best(results.rawSerial)),
    row('client, one at a time', best(results.single), best(results.rawSerial)),
  ]);
  console.log(`encode one small message: ${encodeMicros().toFixed(2)} us`);
}

async function withEchoServer(run: (path: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'vpp-bench-'));
  const path = join(dir, 'api.sock');
  const child = fork(fileURLToPath(import.meta.url), ['serve', path]);
  try {
    await once(child, 'message');
    await run(path);
  } finally {
    child.kill();
    await once(child, 'exit');
    rmSync(dir, { recursive: true });
  }
}

const [role, servePath = ''] = process.argv.slice(2);
const realSocket = process.env.VPP_API_SOCKET;
if (role === 'serve') serve(servePath);
else if (realSocket) await measure(realSocket, realSocket);
else await withEchoServer((path) => measure(path, 'echo server'));
