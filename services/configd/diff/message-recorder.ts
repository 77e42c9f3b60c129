import type { Call, Message } from '#lib/vpp/message.js';
import type { Dataplane } from '../dataplane.js';

/** Requests of one name that a change would send. */
export interface PlannedMessage {
  readonly name: string;
  readonly count: number;
  /** JSON of the fields of the first of them. */
  readonly examples: readonly string[];
}

const examplesKept = 3;
/** Indexes of things that do not exist yet. */
const firstMadeUpIndex = 0x7f000000;

/**
 * A dataplane that sends nothing: it notes every request that would change state and answers it with success, indexes made up.
 * Reads find nothing. For plans that are executed on a copy of the record.
 */
export class MessageRecorder implements Dataplane {
  readonly takesNotes = true;
  private readonly noted = new Map<string, { count: number; examples: string[] }>();
  private madeUp = firstMadeUpIndex;

  /** `secrets` are values that stand as `(secret)` in the examples. */
  constructor(
    private readonly offered: Dataplane['offers'],
    private readonly secrets: ReadonlySet<string> = new Set(),
  ) {}

  /** By name, the most frequent first. */
  get messages(): PlannedMessage[] {
    const all = [...this.noted].map(([name, { count, examples }]) => ({ name, count, examples }));
    return all.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  }

  call: Dataplane['call'] = async (op, request) => {
    const noted = this.noted.get(op.request.name) ?? { count: 0, examples: [] };
    this.noted.set(op.request.name, noted);
    noted.count++;
    if (noted.examples.length < examplesKept) noted.examples.push(this.exampleText(request));
    return this.answer(op);
  };
  ask: Dataplane['ask'] = async (op) => this.answer(op);
  dump: Dataplane['dump'] = async () => [];
  stream: Dataplane['stream'] = async () => [];
  offers: Dataplane['offers'] = (op) => this.offered(op);

  private answer<Q, A>({ reply }: Call<Q, A>): A {
    const answer = zeroOf(reply);
    const named = answer as Record<string, unknown>;
    for (const field of Object.keys(named)) if (/(^|_)index$/.test(field)) named[field] = this.madeUp++;
    return answer;
  }

  private exampleText(request: unknown): string {
    return JSON.stringify(request, (_field, value) => {
      if (typeof value === 'bigint') return String(value);
      const text = value instanceof Uint8Array ? bytesText(value) : value;
      return typeof text === 'string' && this.secrets.has(text) ? '(secret)' : text;
    });
  }
}

/** Text where it is text, else hex; zeros at the end do not count. */
function bytesText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  const text = buffer.toString('latin1').replace(/\0+$/, '');
  return /^[\x20-\x7e]+$/.test(text) ? text : buffer.toString('hex');
}

/** Bytes enough for the fixed part of any reply. */
const zeros = new Uint8Array(64 * 1024);

function zeroOf<A>(reply: Message<A>): A {
  const decoded = reply.decode(zeros);
  if (!decoded.ok) throw new Error(decoded.error);
  return decoded.value;
}
