import {
  type QosServiceServer,
  QosServiceService,
  type QosProfile as WireProfile,
  type Rate as WireRate,
} from '#gen/bng/v1/qos.js';
import { BngError } from '#lib/kernel/errors.js';
import { type RpcService, unary } from '#lib/kernel/rpc-server.js';
import type { Rate } from '#lib/policy/policer.js';
import type { QosCatalogue } from './service.js';
import type { StoredProfile } from './store.js';

const optionalNumber = (value: bigint | undefined) => (value === undefined ? undefined : Number(value));
const optionalBigint = (value: number | undefined) => (value === undefined ? undefined : BigInt(value));

const fromRate = (rate: WireRate): Rate => ({
  cirBps: Number(rate.cirBps),
  pirBps: optionalNumber(rate.pirBps),
  cirBurstBytes: optionalNumber(rate.cirBurstBytes),
  pirBurstBytes: optionalNumber(rate.pirBurstBytes),
});

const toRate = (rate: Rate | undefined): WireRate | undefined =>
  rate && {
    cirBps: BigInt(rate.cirBps),
    pirBps: optionalBigint(rate.pirBps),
    cirBurstBytes: optionalBigint(rate.cirBurstBytes),
    pirBurstBytes: optionalBigint(rate.pirBurstBytes),
  };

const toProfile = ({ name, version, rates }: StoredProfile): WireProfile => ({
  name,
  version,
  download: toRate(rates.download),
  upload: toRate(rates.upload),
});

const fromProfile = ({ name, version, download, upload }: WireProfile): StoredProfile => ({
  name,
  version,
  rates: { download: download && fromRate(download), upload: upload && fromRate(upload) },
});

function given<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new BngError('invalid_argument', `${field} is missing`, { field });
  return value;
}

/** QosService of the catalogue. */
export function qosApi(catalogue: QosCatalogue): RpcService {
  const handlers: QosServiceServer = {
    listProfiles: unary(async () => ({ profiles: (await catalogue.list()).map(toProfile) })),
    getProfile: unary(async ({ name, version }) => toProfile(await catalogue.get(name, version))),
    putProfile: unary(async ({ profile }) => toProfile(await catalogue.put(fromProfile(given(profile, 'profile'))))),
    preview: unary(({ rate }) => {
      const { policer, notes } = catalogue.preview(fromRate(given(rate, 'rate')));
      return { policer: { ...policer, cbBytes: BigInt(policer.cbBytes), ebBytes: BigInt(policer.ebBytes) }, notes };
    }),
  };
  return { definition: QosServiceService, handlers };
}
