import type { Server } from './server-list.js';

/**
 * Asks dead servers in turns until they answer (RFC 5997 section 2.1: Status-Server). Meanwhile no subscriber's request
 * is spent on finding out, unless every server is dead.
 */
export class Prober {
  private timer: NodeJS.Timeout | undefined;
  private readonly asking = new Set<Server>();

  /** `ask` resolves when the server has answered or stayed silent; it never rejects. */
  constructor(
    private readonly dead: () => readonly Server[],
    private readonly ask: (server: Server) => Promise<unknown>,
    private readonly everyMs: number,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.round(), this.everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private round(): void {
    for (const server of this.dead()) {
      if (this.asking.has(server)) continue;
      this.asking.add(server);
      void this.ask(server).finally(() => this.asking.delete(server));
    }
  }
}
