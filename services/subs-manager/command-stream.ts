import type { SubscriberCommand, SubscriberCommandResult } from '#gen/bng/v1/subs.js';
import { ended } from '#lib/kernel/answer-stream.js';
import { BngError } from '#lib/kernel/errors.js';
import type { SubscriberSessions } from './service.js';

type Sessions = Pick<SubscriberSessions, 'update' | 'disconnect' | 'refused'>;

/** One command of a `Change` stream. Never rejects: a failure is an answer. */
export async function carryOut(
  sessions: Sessions,
  { requestId, command }: SubscriberCommand,
): Promise<SubscriberCommandResult> {
  const { value, code, error } = await ended(() => execute(sessions, command));
  return { requestId, ok: value !== undefined, code, error };
}

function execute(sessions: Sessions, command: SubscriberCommand['command']): Promise<object> {
  switch (command?.$case) {
    case 'update':
      return sessions.update(command.value);
    case 'disconnect':
      return sessions.disconnect(command.value);
    case 'refused':
      return sessions.refused(command.value);
    case undefined:
      return Promise.reject(new BngError('invalid_argument', 'a command is update, disconnect or refused'));
    default:
      return command satisfies never;
  }
}
