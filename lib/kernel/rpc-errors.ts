import { Metadata, type ServiceError } from '@grpc/grpc-js';
import { BngError, type ErrorCode, type ErrorFields, errorCodes } from './errors.js';

const detailsKey = 'bng-error-bin';

/** A BngError as what grpc-js sends: status, message, and the code with its fields in the trailers. */
export function toServiceError(thrown: unknown): Partial<ServiceError> {
  const error = BngError.from(thrown);
  const metadata = new Metadata();
  metadata.set(detailsKey, Buffer.from(JSON.stringify({ code: error.code, fields: error.fields })));
  return { code: error.row.grpc, details: error.message, metadata };
}

const fromStatus = (status: number): ErrorCode => {
  const names = Object.keys(errorCodes) as ErrorCode[];
  return names.find((name) => errorCodes[name].grpc === status) ?? 'internal';
};

/** A failed call as the BngError the far side threw; transport failures become `unavailable` or `timeout`. */
export function fromServiceError(thrown: unknown): BngError {
  if (!(thrown instanceof Error) || !('code' in thrown)) return BngError.from(thrown);
  const failure = thrown as ServiceError;
  const packed = failure.metadata?.get(detailsKey)[0];
  if (packed) {
    const { code, fields } = JSON.parse(packed.toString()) as { code: ErrorCode; fields: ErrorFields };
    return new BngError(code, failure.details, fields, failure);
  }
  return new BngError(fromStatus(failure.code), failure.details || failure.message, {}, failure);
}
