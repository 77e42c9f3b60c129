import { temporaryFolder } from '../harness/child.js';
import { type DetailRecord, type FreeRadius, startFreeRadius } from '../harness/freeradius.js';

type Status = 'Start' | 'Interim-Update' | 'Stop';

/** A FreeRADIUS that can be away: its ports and its detail file outlive it. */
export class AccountingServer {
  private constructor(
    private readonly folder: { path: string; remove(): void },
    private server: FreeRadius,
  ) {}

  static async start(): Promise<AccountingServer> {
    const folder = temporaryFolder('accounting');
    return new AccountingServer(folder, await startFreeRadius({ directory: folder.path }));
  }

  get port(): number {
    return this.server.acctPort;
  }

  /** Gone at once: nothing listens on its port, so that nothing waits in a socket for its return. */
  leave(): Promise<void> {
    return this.server.stop();
  }

  async comeBack(): Promise<void> {
    const { authPort, acctPort } = this.server;
    this.server = await startFreeRadius({ directory: this.folder.path, authPort, acctPort });
  }

  /** Records of sessions; the node's own Accounting-On and Accounting-Off are left out. */
  records(): DetailRecord[] {
    return this.server.detail().filter((record) => !record.get('Acct-Status-Type')?.startsWith('Accounting-'));
  }

  /** Session ids of the records of one kind, in the order they were written. */
  ids(status: Status): string[] {
    const records = this.records().filter((record) => record.get('Acct-Status-Type') === status);
    return records.map((record) => record.get('Acct-Session-Id') ?? '');
  }

  /** What was written for a session, in order. */
  story(sessionId: string): string[] {
    const records = this.records().filter((record) => record.get('Acct-Session-Id') === sessionId);
    return records.map((record) => record.get('Acct-Status-Type') ?? '');
  }

  async stop(): Promise<void> {
    await this.server.stop();
    this.folder.remove();
  }
}
