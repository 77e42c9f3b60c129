import type { handleBidiStreamingCall } from '@grpc/grpc-js';
import type { SessionCommand, SessionResult } from '#gen/bng/v1/configd.js';
import { answerStream } from '#lib/kernel/answer-stream.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Sessions } from './sessions.js';

/** `ApplySessions`: commands are worked on side by side, at most `concurrency` of one stream; results leave as they come. */
export function applySessions(
  sessions: Sessions,
  concurrency: number,
): handleBidiStreamingCall<SessionCommand, SessionResult> {
  return answerStream(() => {
    const commands = new Commands(sessions);
    return (command: SessionCommand) => commands.carryOut(command);
  }, concurrency);
}

/** The commands of one stream. */
class Commands {
  /** Sessions applied on this stream so far: what a prune leaves. */
  private readonly applied = new Set<string>();

  constructor(private readonly sessions: Sessions) {}

  /** Never rejects: a failure is a result. */
  async carryOut({ requestId, command }: SessionCommand): Promise<SessionResult> {
    const sessionId = sessionOf(command);
    const answer = { requestId, sessionId, ok: true, code: '', error: '', vppMs: 0 };
    try {
      return { ...answer, vppMs: (await this.execute(command)).vppMs };
    } catch (thrown) {
      const { code, message } = BngError.from(thrown);
      return { ...answer, ok: false, code, error: message };
    }
  }

  private execute(command: SessionCommand['command']): Promise<{ vppMs: number }> {
    switch (command?.$case) {
      case 'apply':
        this.applied.add(command.value.sessionId);
        return this.sessions.apply(command.value);
      case 'remove':
        this.applied.delete(command.value);
        return this.sessions.remove(command.value);
      case 'pruneOwner':
        return this.sessions.prune(command.value, new Set(this.applied));
      case undefined:
        return Promise.reject(new BngError('invalid_argument', 'a command is apply, remove or prune_owner'));
      default:
        return command satisfies never;
    }
  }
}

function sessionOf(command: SessionCommand['command']): string {
  if (command?.$case === 'apply') return command.value.sessionId;
  return command?.$case === 'remove' ? command.value : '';
}
