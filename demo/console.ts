const colour = process.stdout.isTTY === true;
const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

/** What the demo says: one heading a step, facts below it, a counter that moves in place on a terminal. */
export class DemoConsole {
  private step = 0;

  heading(text: string): void {
    console.log(`\n${paint(1, `${++this.step}. ${text}`)}`);
  }

  fact(text: string): void {
    console.log(`   ${text}`);
  }

  good(text: string): void {
    console.log(`   ${paint(32, '✓')} ${text}`);
  }

  bad(text: string): void {
    console.log(`   ${paint(31, '✗')} ${text}`);
  }

  /** `done` of `total`; rewritten in place on a terminal, a line per tenth elsewhere. */
  progress(what: string, done: number, total: number): void {
    if (colour) {
      const filled = Math.round((30 * done) / total);
      const bar = `${'█'.repeat(filled)}${'░'.repeat(30 - filled)}`;
      process.stdout.write(`\r   ${bar} ${done}/${total} ${what}${done === total ? '\n' : ''}`);
      return;
    }
    if (done === total || done % Math.max(1, Math.ceil(total / 10)) === 0) console.log(`   ${done}/${total} ${what}`);
  }
}
