import { describe, expect, it } from '@jest/globals';
import { isConnectionLoss } from './postgres.js';

const coded = (code: string) => Object.assign(new Error('x'), { code });

describe('isConnectionLoss', () => {
  it.each([
    ['nobody listens', coded('ECONNREFUSED')],
    ['the server ends', coded('57P01')],
    ['the server crashes', coded('57P02')],
    ['the server is starting', coded('57P03')],
    ['the statement took too long', coded('57014')],
    ['an error of another realm', { code: 'ECONNRESET', message: 'read ECONNRESET' }],
    ['the connection broke under a query', new Error('Connection terminated unexpectedly')],
    ['the connection was broken before', new Error('Client has encountered a connection error and is not queryable')],
    ['the server is silent', new Error('Query read timeout')],
    ['the pool has none', Object.assign(new Error('x'), { name: 'KnexTimeoutError' })],
  ])('is true when %s', (_, error) => expect(isConnectionLoss(error)).toBe(true));

  it.each([
    ['a broken rule', coded('23505')],
    ['a mistake in SQL', coded('42601')],
    ['some fault', new Error('no such thing')],
    ['text', 'ECONNREFUSED'],
    ['nothing', undefined],
    ['null', null],
  ])('is false for %s', (_, thrown) => expect(isConnectionLoss(thrown)).toBe(false));
});
