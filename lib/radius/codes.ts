/** RADIUS packet codes in use here (RFC 2865 section 4, RFC 2866, RFC 5176, RFC 5997). */
export const Code = {
  accessRequest: 1,
  accessAccept: 2,
  accessReject: 3,
  accountingRequest: 4,
  accountingResponse: 5,
  accessChallenge: 11,
  statusServer: 12,
  disconnectRequest: 40,
  disconnectAck: 41,
  disconnectNak: 42,
  coaRequest: 43,
  coaAck: 44,
  coaNak: 45,
} as const;

export type RequestCode =
  | typeof Code.accessRequest
  | typeof Code.accountingRequest
  | typeof Code.statusServer
  | typeof Code.disconnectRequest
  | typeof Code.coaRequest;

const repliesOf: Readonly<Record<RequestCode, readonly number[]>> = {
  [Code.accessRequest]: [Code.accessAccept, Code.accessReject, Code.accessChallenge],
  [Code.accountingRequest]: [Code.accountingResponse],
  [Code.statusServer]: [Code.accessAccept, Code.accountingResponse],
  [Code.disconnectRequest]: [Code.disconnectAck, Code.disconnectNak],
  [Code.coaRequest]: [Code.coaAck, Code.coaNak],
};

const names = new Map<number, string>([
  [Code.accessRequest, 'Access-Request'],
  [Code.accessAccept, 'Access-Accept'],
  [Code.accessReject, 'Access-Reject'],
  [Code.accountingRequest, 'Accounting-Request'],
  [Code.accountingResponse, 'Accounting-Response'],
  [Code.accessChallenge, 'Access-Challenge'],
  [Code.statusServer, 'Status-Server'],
  [Code.disconnectRequest, 'Disconnect-Request'],
  [Code.disconnectAck, 'Disconnect-ACK'],
  [Code.disconnectNak, 'Disconnect-NAK'],
  [Code.coaRequest, 'CoA-Request'],
  [Code.coaAck, 'CoA-ACK'],
  [Code.coaNak, 'CoA-NAK'],
]);

/** The RFC's name of a packet code, or `Code-<n>`. */
export function codeName(code: number): string {
  return names.get(code) ?? `Code-${code}`;
}

/** True when `code` may answer a request of `requestCode`. */
export function isReplyTo(code: number, requestCode: RequestCode): boolean {
  return repliesOf[requestCode].includes(code);
}

/** True for codes whose request authenticator is random rather than a digest (RFC 2865 section 3, RFC 5997 section 3). */
export function hasRandomAuthenticator(code: number): boolean {
  return code === Code.accessRequest || code === Code.statusServer;
}
