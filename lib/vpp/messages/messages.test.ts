import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Fields, fieldsText, u32 } from '../codec.js';
import type { AnyMessage, Header } from '../message.js';
import { allEvents, allOperations, handshakeMessages, messagesOf, optionalEvents, optionalOperations } from './all.js';

const everyMessage: AnyMessage[] = [
  ...handshakeMessages,
  ...[...allOperations, ...optionalOperations].flatMap(messagesOf),
  ...allEvents,
  ...optionalEvents,
];
const table = everyMessage.map((message) => [message.name, message] as const);

describe('CRC recomputed from the fields', () => {
  test.each(table)('%s', (_name, message) => {
    expect(message.computeCrc()).toBe(message.crc);
  });
});

test('each message is listed once', () => {
  const names = [...new Set(everyMessage)].map((message) => message.name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

const apiDir = resolve(process.env.VPP_API_DIR ?? '../shared/vpp-api');
const describeWithApi = existsSync(apiDir) ? describe : describe.skip;

type JsonField = [type: string, name: string, length?: number | object, countField?: string];
interface ApiJson {
  messages: [string, ...(JsonField | { crc: string })[]][];
}

function loadApi(): Map<string, ApiJson['messages'][number]> {
  const files = existsSync(apiDir) ? readdirSync(apiDir, { recursive: true, encoding: 'utf8' }) : [];
  const modules = files
    .filter((file) => file.endsWith('.api.json'))
    .map((file) => JSON.parse(readFileSync(resolve(apiDir, file), 'utf8')) as ApiJson);
  return new Map(modules.flatMap((module) => module.messages.map((message) => [message[0], message] as const)));
}

function jsonFieldText([type, name, length, countField]: JsonField): string {
  const size = typeof length === 'number' ? `, ${length}, ${countField ? `'${countField}'` : 'None'}` : '';
  return `['${type}', '${name}'${size}]`;
}

const headers: Record<Header, Fields> = {
  request: { client_index: u32, context: u32 },
  reply: { context: u32 },
  event: { client_index: u32 },
  bare: {},
};

describeWithApi(`definitions against VPP's own in ${apiDir}`, () => {
  const api = loadApi();

  test.each(table)('%s', (name, message) => {
    const [, , ...fields] = api.get(name) ?? [];
    const crc = (fields.pop() as { crc: string } | undefined)?.crc;
    const text = `[${(fields as JsonField[]).map(jsonFieldText).join(', ')}]`;
    expect({ text: fieldsText({ ...headers[message.header], ...message.fields }), crc: `0x${message.crc}` }).toEqual({
      text,
      crc,
    });
  });
});
