/** The one JSON object of `DEMO_ONCE=1`; rates are what the dataplane's policer dump says. */
export interface DemoSummary {
  subscribers: number;
  online: number;
  coaAcked: number;
  policerKbpsBefore: number;
  policerKbpsAfter: number;
  disconnected: number;
  acctStarts: number;
  acctStops: number;
  secondsToAllOnline: number;
}

/** What is not as it should be, in words; empty when all is well. */
export function shortcomings(summary: DemoSummary, newKbps: number): string[] {
  const wrong: string[] = [];
  const want = (ok: boolean, text: string) => {
    if (!ok) wrong.push(text);
  };
  want(summary.online === summary.subscribers, `${summary.online} of ${summary.subscribers} subscribers came online`);
  want(summary.coaAcked === 1, 'the CoA was not acknowledged');
  want(summary.policerKbpsBefore !== newKbps, `the policer was at ${newKbps} kbit/s before the change already`);
  want(summary.policerKbpsAfter === newKbps, `the policer is at ${summary.policerKbpsAfter}, not ${newKbps} kbit/s`);
  want(summary.disconnected === 1, 'the subscriber was not disconnected');
  want(summary.acctStarts === summary.subscribers, `${summary.acctStarts} of ${summary.subscribers} Accounting-Starts`);
  want(summary.acctStops === 1, `${summary.acctStops} Accounting-Stops instead of 1`);
  return wrong;
}
