/** The parts of npm `radius` that the codec tests use as a second opinion. */
declare module 'radius' {
  interface Decoded {
    code: string;
    identifier: number;
    attributes: Record<string, unknown>;
  }
  type Pairs = [string, string | Buffer][];
  const radius: {
    decode(input: { packet: Buffer; secret: Buffer }): Decoded;
    encode(input: {
      code: string;
      secret: Buffer;
      identifier: number;
      attributes: Pairs;
      add_message_authenticator?: boolean;
    }): Buffer;
    encode_response(input: { packet: Decoded; code: string; secret: Buffer; attributes: Pairs }): Buffer;
    verify_response(input: { request: Buffer; response: Buffer; secret: Buffer }): boolean;
  };
  export default radius;
}
